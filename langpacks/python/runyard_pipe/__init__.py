"""The Python pipe of Runyard: describes the functions of an adapter, and runs them for a parent process."""
