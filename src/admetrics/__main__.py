from admetrics.cli import main

main()
