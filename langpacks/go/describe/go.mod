module describe

go 1.19
