module runyard

go 1.19
