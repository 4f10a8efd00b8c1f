from admetrics.adapters.spark.rows import digests_sql, messages_sql
from admetrics.domain.metrics.catalog import MEASURES


def test_the_generated_statements_read_as_if_written_by_hand():
    figures = ", ".join(measure.name for measure in MEASURES)
    judged = {
        "valid_clicks": "if(outside, 0L, valid_clicks) AS valid_clicks",
        "valid_spend": "if(outside, 0L, valid_spend) AS valid_spend",
        "out_of_flight_clicks": "if(outside, out_of_flight_clicks + valid_clicks, out_of_flight_clicks) "
        "AS out_of_flight_clicks",
    }
    assert (
        digests_sql()
        == f"""\
SELECT hour, job, publisher, campaign, group_id, digest
FROM (
    SELECT /*+ BROADCAST(companies) */
        hour, job, publisher, campaign, group_id,
        {figures},
        company,
        substring(unhex(sha2(concat_ws(',', {figures}, coalesce(company, 0)), 256)), 1, 16) AS digest
    FROM (
        SELECT hour, job, publisher, campaign, group_id, \
{", ".join(judged.get(measure.name, measure.name) for measure in MEASURES)}
        FROM (
            SELECT /*+ BROADCAST(flights) */
                folded.*, coalesce(hour < first_hour, false) OR coalesce(hour >= hour_beyond, false) AS outside
            FROM folded
            LEFT JOIN flights USING (campaign)
        )
    )
    LEFT JOIN companies USING (job)
)
"""
    )
    pairs = ", ".join(f"'{measure.name}', coalesce({measure.name}, 0)" for measure in MEASURES)
    assert f"        'measures', named_struct({pairs}),\n" in messages_sql()
    assert "\n        'version', :version,\n        'source', :source\n" in messages_sql()
