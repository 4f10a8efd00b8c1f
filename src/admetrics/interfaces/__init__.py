"""How people and schedulers reach the services: command line, web pages, Airflow."""
