module __ALGO__

go 1.19
