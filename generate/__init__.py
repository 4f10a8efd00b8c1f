"""What is generated from the catalog (`admetrics.domain.metrics.catalog`): `python -m generate` writes it again.

`classes.py` writes Python, `schema.py` the schema of the messages, `pages.py` parts of the docs; `grafana` the
dashboards.
"""
