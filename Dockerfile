# The command line with the drivers of all servers; REQUIREMENTS=dev adds Airflow and Spark.
FROM python:3.11-slim

ARG REQUIREMENTS=server
WORKDIR /opt/admetrics

# Every package by its hash, the build backend too: without build isolation it is the pinned one.
COPY requirements/ requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/${REQUIREMENTS}.txt
COPY pyproject.toml README.md LICENSE ./
COPY src/ src/
RUN pip install --no-cache-dir --no-deps --no-build-isolation .
COPY airflow_dags/ airflow_dags/

RUN useradd --create-home admetrics && mkdir /data && chown admetrics /data
USER admetrics
VOLUME /data
ENTRYPOINT ["admetrics"]
