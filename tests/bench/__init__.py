"""What things cost beside a floor, measured in one run: `make bench`, or `make bench ARGS="home import --quick"`.

Times are never compared with a clock, only with each other; another machine gives other times and like ratios.
"""
