"""The dashboards for Grafana as code: `python -m grafana` writes them into `grafana/dashboards/`.

`figures.py` says what is shown, `sql.py` how it is asked for, `variables.py` what can be chosen, `panels.py` how it
looks; each dashboard has a module. What is provisioned beside them lies in `provisioning/`. See docs/dashboards.md.
"""
