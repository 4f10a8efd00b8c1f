"""Airflow: tasks that open what the settings name, and what the DAGs share."""
