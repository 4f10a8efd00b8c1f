from admetrics.interfaces.cli import main

main()
