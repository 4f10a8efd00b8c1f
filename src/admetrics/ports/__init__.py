"""What the services need from the world outside: one small protocol a file, and nothing about how it is done.

Every port has a contract suite in `admetrics.testing.contracts`, under the same name. All of them may raise
`TransientError` (no answer: calling again is safe) and `PermanentError` (the answer is no) from any method.
"""
