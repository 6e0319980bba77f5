module goaround.dev/bench/proxy

go 1.19
