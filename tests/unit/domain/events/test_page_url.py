"""Ids in the URL of a page, as sites write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admetrics.domain.errors import ConfigurationError
from admetrics.domain.events.page_url import JobPath, ids_in_url

SITE = "https://x.example"


@pytest.mark.parametrize(
    "url",
    [
        "/ad?jobId=7&publisherId=3",
        "/ad?a=1&amp;jobId=7&amp;publisherId=3",
        "/ad?a&#038;job_id=7&#X0026;publisher_id=3",
        "/ad?jobid=7;PUBLISHERID=3",
        "/ad?jobId=7?publisherId=3",
        "/ad?b?c&jobId=7?publisherId=3",
        "/ad?jobId[]=7&publisherId[1]=3",
        "/ad?jobId=7/&publisherId=3/",
        "/ad?jobId=+7+&publisherId=3+/",
        "/#/ad?jobId=7&publisherId=3",
        "/#!/ad?jobId=7&publisherId=3",
        "/ad?publisherId=3#/?jobId=7",
        "/ad?jobId=7&publisherId=3#/ad?jobId=8&publisherId=9",
        "/ad?jobId=x&jobId=0&jobId=7&publisherId=3",
    ],
)
def test_both_ids_are_found(url):
    assert ids_in_url(SITE + url) == ids_in_url(url) == (7, 3)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/",
        "/jobId=7",
        "/ad#jobId=7",
        "/ad#x?jobId=7",
        "/ad?next=https://y.example/?jobId=7",
        "/ad?next=/?jobId=7",
        "/ad?next=%2Fad?jobId=7?publisherId=3",
        "/ad?next=https%3A%2F%2Fy.example%2F%3FjobId%3D7",
        "/ad?xjobId=7",
        "/ad?jobId",
        "/ad?jobId=",
        "/ad?jobId=/7",
        "/ad?jobId=7,8",
        "/ad?jobId=-7",
        "/ad?jobId=2147483648",
        "/ad?#&#038;jobId=7",
    ],
)
def test_nothing_else_is_an_id(url):
    assert ids_in_url(url) == (0, 0)


@pytest.mark.parametrize(
    "path, url, found",
    [
        ("/job/{job_id}", "/job/7", (7, 0)),
        ("/job/{job_id}", "/Job/007/?a=1#top", (7, 0)),
        ("/job/{job_id}/", "/?a#/job/7", (7, 0)),
        ("/job/{job_id}", "/#!/job/7?a=/job/8", (7, 0)),
        ("/job/{job_id}", "//x.example/job/7", (7, 0)),
        ("/Job/{Job_Id}", "/job/%37", (7, 0)),
        ("/việc-làm/{job_id}", "/vi%E1%BB%87c-l%C3%A0m/7", (7, 0)),
        ("/*/job/{job_id}", "/vi/job/7", (7, 0)),
        ("/job-{job_id}.html", "/job-7.html", (7, 0)),
        ("/jobs/*-{job_id}", "/jobs/nurse-24-7", (7, 0)),
        ("/jobs/{job_id}-*", "/jobs/7-nurse-24", (7, 0)),
        ("/{publisher_id}/{job_id}", "/3/7", (7, 3)),
        ("/job/{job_id}", "/en/job/7", (0, 0)),
        ("/job/{job_id}", "/job/7/apply", (0, 0)),
        ("/job/{job_id}", "/job/seven", (0, 0)),
        ("/job/{job_id}", "/job/2147483648", (0, 0)),
        ("/job/{job_id}", "/job/7x", (0, 0)),
        ("/job/{job_id}", "/?next=/job/7", (0, 0)),
        ("/*/job/{job_id}", "/en/vi/job/7", (0, 0)),
        ("/job.{job_id}", "/jobx7", (0, 0)),
    ],
)
def test_a_path_that_a_site_names(path, url, found):
    assert ids_in_url(SITE + url if not url.startswith("//") else url, [JobPath.parse(path)]) == found
    assert ids_in_url(url) == (0, 0)


def test_parameters_come_first_and_then_the_first_path_that_fits():
    paths = [JobPath.parse("/ad/{job_id}"), JobPath.parse("/*/{job_id}"), JobPath.parse("/{publisher_id}/{job_id}")]
    assert ids_in_url("/3/7?jobId=8", paths) == (8, 3)
    assert ids_in_url("/3/7", paths) == (7, 3)
    assert ids_in_url("/ad/7", paths) == (7, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "job/{job_id}",
        "/job",
        "/job/{id}",
        "/{job_id}/{job_id}",
        "/{publisher_id}",
        "/{job_id}{publisher_id}",
        "/job?id={job_id}",
        "/#/job/{job_id}",
        "/job/{job_id",
        "/job/job_id}",
        "/{{job_id}}",
        "/*{job_id}",
        "/{job_id}*",
        "/*-{job_id}-*",
        "/**/{job_id}",
        "/a*b/{job_id}",
        "/{job_id}/{title}",
    ],
)
def test_what_is_no_path_of_a_job_is_refused(text):
    with pytest.raises(ConfigurationError, match=r"write e\.g\. /job/\{job_id\}"):
        JobPath.parse(text)


@given(st.text(st.sampled_from("?&#;=/+%[]!jobId_publisher_id0137amp")))
def test_any_text_is_a_url(url):
    job, publisher = ids_in_url(url, [JobPath.parse("/*-{job_id}/{publisher_id}")])
    assert 0 <= job < 2**31
    assert 0 <= publisher < 2**31
