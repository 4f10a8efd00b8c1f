"""Every small change of the rules and services, one at a time: does a test notice?"""
