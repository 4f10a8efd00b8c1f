#!/bin/bash
# Run once by the MySQL image when it makes its data: the user that Grafana reads with, who may do nothing else.
set -eu
: "${GRAFANA_MYSQL_PASSWORD:?}" "${MYSQL_DATABASE:?}" "${MYSQL_ROOT_PASSWORD:?}"

quoted=${GRAFANA_MYSQL_PASSWORD//\\/\\\\}
quoted=${quoted//\'/\\\'}
MYSQL_PWD=$MYSQL_ROOT_PASSWORD mysql --user=root <<SQL
CREATE USER IF NOT EXISTS 'grafana'@'%' IDENTIFIED BY '${quoted}';
GRANT SELECT, SHOW VIEW ON \`${MYSQL_DATABASE}\`.* TO 'grafana'@'%';
SQL
