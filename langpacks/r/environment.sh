# The project's own packages, and a locale in which R can print any text.
for library in "$RUNYARD_PROJECT/library" "$RUNYARD_PROJECT/.runyard/library"; do
  [ -d "$library" ] && R_LIBS="$library${R_LIBS:+:$R_LIBS}"
done
export R_LIBS
case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
  *.UTF-8 | *.utf8) ;;
  *) export LC_ALL=C.UTF-8 ;;
esac
