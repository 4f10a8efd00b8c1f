from datetime import date
from decimal import Decimal

import pytest

from admetrics.adapters.files.dimensions import read_dimensions
from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher
from admetrics.domain.errors import InputError


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def test_the_samples(samples):
    found = read_dimensions([samples])
    assert found.jobs[0] == Job(91, 2, 14, 35, "Nhân viên kinh doanh, khu vực Hà Nội", Decimal(50))
    assert found.jobs[-1] == Job(1506, None, 11, None, 'Senior "Full-Stack" Engineer', None)
    assert found.campaigns[3] == Campaign(14, 2, "Chiến dịch 14", Decimal(6000), "USD", date(2026, 1, 1), None)
    assert found.groups[0] == Group(31, 15, "Group 31: UX, UI", Decimal(400))
    assert found.companies[1] == Company(2, "Blue Heron, Ltd.")
    assert found.publishers[0] == Publisher(
        1, "Publisher 1", "VND", "Asia/Ho_Chi_Minh", Decimal(1), Decimal(0), Decimal(10)
    )
    tables = (found.jobs, found.campaigns, found.groups, found.companies, found.publishers)
    assert list(map(len, tables)) == [11, 5, 6, 4, 5]


def test_files_and_folders_may_be_mixed(samples, write):
    path = write("company.csv", "id,name\n7,Seven\n")
    assert read_dimensions([path]) == Dimensions(
        jobs=[], campaigns=[], groups=[], companies=[Company(7, "Seven")], publishers=[]
    )
    both = read_dimensions([path, samples, path.parent])
    assert [company.id for company in both.companies] == [7, 1, 2, 3, 4, 7]


def test_names_of_columns_come_in_any_case_and_spelling(write):
    path = write("master_publisher.csv", "\ufeffNAME, Id ,CurEncy,colour\r\nA,3,VND,red\r\n")
    assert read_dimensions([path]).publishers == [Publisher(3, "A", "VND")]
    path = write("master_publisher.csv", "id,curency\n3,USD\n")
    assert read_dimensions([path]).publishers == [Publisher(3, None, "USD")]


def test_columns_that_are_missing_and_values_that_are_empty_are_none(write):
    path = write("job.csv", "id,title,company_id,budget\n5,,  ,\n\n6,x,0,12.50\n")
    assert read_dimensions([path]).jobs == [Job(5), Job(6, None, None, None, "x", Decimal("12.50"))]


def test_a_date_may_have_a_time(write):
    path = write("campaign.csv", "id,start_date\n5,2026-03-01 00:00:00\n")
    assert read_dimensions([path]).campaigns == [Campaign(5, start_date=date(2026, 3, 1))]


@pytest.mark.parametrize(
    "name,text,message",
    [
        (
            "job.csv",
            'id,title\n1,"two\nlines"\n0,x\n',
            r"job\.csv, line 4, column id: expected an integer from 1 to 2147483647$",
        ),
        ("job.csv", "id,company_id\n1,2147483648\n", r"line 2, column company_id: expected an integer"),
        ("job.csv", "id,company_id\n1,abc\n", r"line 2, column company_id: expected an integer"),
        ("job.csv", "id,title\n,x\n", r"line 2, column id: expected an integer"),
        ("job.csv", "id,budget\n1,1e3\n", r"line 2, column budget: expected an amount such as 1000 or 0\.25, without"),
        ("job.csv", "id,budget\n1,NaN\n", r"line 2, column budget: expected an amount"),
        ("group.csv", "id,budget\n1,x\n", r"line 2, column budget: expected an amount"),
        (
            "campaign.csv",
            "id,end_date\n1,2026-02-30\n",
            r"line 2, column end_date: expected a date such as 2026-03-01 \(--date-format dmy reads 31/12/2026, ",
        ),
        ("campaign.csv", f"id,unit_budget\n1,{'x' * 65}\n", r"column unit_budget: expected at most 64 characters$"),
        ("job.csv", "id,title\n1\n", r"job\.csv, line 2: 1 fields, the header has 2$"),
        ("job.csv", 'id,title\n1,"x"y\n', r"job\.csv, line 2: broken CSV"),
        ("job.csv", "id,ID\n1,2\n", r"^the header of .*job\.csv names id twice$"),
        ("job.csv", "title\nx\n", r"job\.csv has no column id: its first line must name the columns$"),
        ("job.csv", "", r"job\.csv has no column id"),
        ("job.csv", b"id,title\n1,\xff\n", r"^cannot read .*job\.csv: it is not UTF-8"),
        (
            "jobs.csv",
            "id\n1\n",
            r"jobs\.csv is no dimension table: known are job\.csv, campaign\.csv, group\.csv, comp",
        ),
    ],
)
def test_what_cannot_be_read_is_an_error_that_says_where(write, name, text, message):
    with pytest.raises(InputError, match=message):
        read_dimensions([write(name, text)])


def test_no_error_shows_a_value(write):
    with pytest.raises(InputError) as error:
        read_dimensions([write("job.csv", "id,company_id\n1,someone@example.com\n")])
    assert "someone" not in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"^cannot read .*/job\.csv: there is no such file or folder$"):
        read_dimensions([tmp_path / "job.csv"])


def test_a_folder_without_any_table_is_an_error(tmp_path):
    with pytest.raises(InputError, match=r"holds no dimension table: known are job\.csv"):
        read_dimensions([tmp_path])


def test_a_folder_without_permission_is_named(tmp_path, not_root):
    (tmp_path / "folder").mkdir(0)
    not_root()
    with pytest.raises(InputError, match=r"^cannot read .*/folder: permission denied$"):
        read_dimensions([tmp_path / "folder"])


def test_a_flight_that_ends_before_it_starts_is_told(tmp_path):
    """None of its clicks would ever be valid, and nobody would know why."""
    file = tmp_path / "campaign.csv"
    file.write_text("id,start_date,end_date\n1,2026-03-01,2026-03-01\n5,2026-03-02,2026-03-01\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"campaign.csv, line 3: campaign 5 ends \(2026-03-01\) before it starts"):
        read_dimensions([file])
