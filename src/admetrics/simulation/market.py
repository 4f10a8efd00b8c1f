"""The invented market of a simulation: employers, campaigns, jobs, publishers and visitors.

Every name is made up; every host is one of example.com (RFC 2606).
"""

# ruff: noqa: PLR2004  (chances stand where they are thrown, and none of them guards a secret)

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any, Final

import attrs

from admetrics.domain.dimensions import Campaign, Company, Dimensions, Group, Job, Publisher

_ZIPF: Final = 1.05
"""The exponent of popularity: few jobs get most of the traffic."""

_HEADERS: Final = {
    "job.csv": ("id", "company_id", "campaign_id", "group_id", "title", "budget"),
    "campaign.csv": ("id", "company_id", "name", "budget_total", "unit_budget", "start_date", "end_date"),
    "group.csv": ("id", "campaign_id", "name", "budget_group"),
    "company.csv": ("id", "name"),
    "master_publisher.csv": ("id", "name", "currency", "time_zone", "cpc_increment", "min_bid", "max_bid"),
}
"""The files of the dimensions; the columns stand in the order of the fields of `admetrics.domain.dimensions`."""


@attrs.frozen
class Site:
    """A publisher, and how its visitors behave.

    Args:
        publisher: the dimension.
        share: its part of all visits, relative to the other sites.
        appeal: clicks per impression.
        intent: applications per click.
        fit: qualified applications per marked application.
        bids: the lowest and the highest bid there.
        step: bids are multiples of it.
    """

    publisher: Publisher
    share: float
    appeal: float
    intent: float
    fit: float
    bids: tuple[int, int] = (0, 0)
    step: int = 1


def _site(
    number: int, name: str, currency: str, zone: str, *, share: float, appeal: float, intent: float, fit: float
) -> Site:
    low, high, step = (2000, 16000, 500) if currency == "VND" else (1, 6, 1)
    publisher = Publisher(number, name, currency, zone, Decimal(step), Decimal(low), Decimal(high))
    return Site(publisher, share, appeal, intent, fit, (low, high), step)


_SITES: Final = (
    _site(1, "Lotus Careers", "VND", "Asia/Ho_Chi_Minh", share=30, appeal=0.085, intent=0.11, fit=0.46),
    _site(2, "Harbour Jobs", "USD", "America/New_York", share=22, appeal=0.062, intent=0.135, fit=0.55),
    _site(3, "Việc Làm Sông Hồng", "VND", "Asia/Ho_Chi_Minh", share=16, appeal=0.104, intent=0.06, fit=0.3),
    _site(4, "Open Ladder", "USD", "UTC", share=11, appeal=0.041, intent=0.17, fit=0.66),
    _site(5, "Nimbus Work", "EUR", "Europe/Berlin", share=8, appeal=0.055, intent=0.12, fit=0.52),
    _site(6, "Click Garden", "USD", "Asia/Singapore", share=5, appeal=0.19, intent=0.012, fit=0.12),
)
"""From the dependable to one that sells clicks which lead nowhere."""

_ORGANIC: Final = Site(Publisher(0), share=18, appeal=0.070, intent=0.150, fit=0.50)
"""Visitors who come by themselves: no publisher, no campaign, no bid."""

_COMPANIES: Final = (
    "Công ty Sao Mai", "Blue Heron Logistics, Ltd.", "Đại Dương Foods", "Northlight Software", "Kestrel & Sons",
    "Bệnh viện Hoa Sen", "Copper Kettle Hotels", "Thành An Construction", "Quiet River Bank", "Juniper Retail Group",
    "Vạn Phúc Textiles", "Second Star Studios",
)  # fmt: skip
_TITLES: Final = (
    "Backend Engineer", "Nhân viên kinh doanh", "Kế toán trưởng", "QA Engineer", "Warehouse Associate",
    "Trưởng phòng Marketing", "Data Analyst", "Registered Nurse", 'Senior "Full-Stack" Engineer', "Delivery Driver",
    "Nhân viên chăm sóc khách hàng", "Product Designer", "Site Manager", "Chef de Partie", "Accountant",
    "Kỹ sư cầu đường", "Store Manager", "Machine Operator", "HR Business Partner", "Lễ tân khách sạn",
)  # fmt: skip
_PLACES: Final = ("Hà Nội", "Đà Nẵng", "TP. Hồ Chí Minh", "Hải Phòng", "Cần Thơ", "remote")
_THEMES: Final = ("Spring hiring", "Always on", "Graduates", "Tech talent", "Tuyển dụng gấp", "Night shifts")
_WEBKIT: Final = "AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE: Final = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1"
_AGENTS: Final = (
    ("Chrome 131", f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/131.0.0.0 Safari/537.36",
     "1920x1080", "1905x937"),
    ("Chrome 130", f"Mozilla/5.0 (Linux; Android 14; K) {_WEBKIT} Chrome/130.0.0.0 Mobile Safari/537.36",
     "412x915", "412x784"),
    ("Safari 18", f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) {_APPLE} Mobile/15E148 Safari/604.1",
     "390x844", "390x664"),
    ("Safari 18", f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_APPLE} Safari/605.1.15",
     "1440x900", "1366x625"),
    ("Firefox 133", "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0",
     "2560x1440", "2560x1299"),
)  # fmt: skip
_ROBOTS: Final = (
    ("Chrome 131", f"Mozilla/5.0 (X11; Linux x86_64) {_WEBKIT} HeadlessChrome/131.0.0.0 Safari/537.36",
     "800x600", "800x600"),
    ("unknown", "python-requests/2.32.3", "0x0", "0x0"),
)  # fmt: skip
"""Programs that say what they are; those that do not are what nobody can tell from visitors."""


@attrs.frozen
class Visitor:
    """A made-up visitor: what the tracker notes about the browser."""

    uid: str
    browser: str
    agent: str
    screen: str
    viewport: str
    offset: int
    """Minutes from local time to UTC, as browsers count them."""


@attrs.frozen
class Ad:
    """A job as one site shows it.

    Args:
        job: the id.
        publisher: the id, 0 for none.
        campaign: the id, 0 for organic traffic.
        group: the id, 0 for none.
        bid: what a click costs, None for organic traffic.
        appeal: how much likelier than others it is to be clicked.
        intent: how much likelier than others a click is to become an application.
    """

    job: int
    publisher: int
    campaign: int
    group: int
    bid: int | None
    appeal: float
    intent: float


@attrs.frozen
class Market:
    """All of it.

    Args:
        dimensions: what is exported to the dimension tables.
        sites: the publishers and, last, organic traffic.
        site_weights: how visits spread over the sites, cumulative.
        ads: for each site, the ad of each job, the most popular job first.
        ad_weights: how impressions spread over the jobs, cumulative.
        visitors: who comes.
        robots: what comes too, clicks often and applies for nothing.
    """

    dimensions: Dimensions
    sites: Sequence[Site]
    site_weights: Sequence[float]
    ads: Sequence[Sequence[Ad]]
    ad_weights: Sequence[float]
    visitors: Sequence[Visitor]
    robots: Sequence[Visitor]


def market(random: Random, *, companies: int, jobs: int, visitors: int) -> Market:
    """Invent a market; its budgets and flights come with its traffic (`admetrics.simulation.budgets`).

    Args:
        random: the only source of chance: same state, same market.
        companies: how many employers.
        jobs: how many job ads.
        visitors: how many different visitors.
    """
    employers = [Company(number, _name(_COMPANIES, number)) for number in range(1, companies + 1)]
    campaigns = _campaigns(random, employers)
    groups = [
        Group(100 + number, random.choice(campaigns).id, f"Group {number}: {random.choice(_PLACES)}")
        for number in range(1, len(campaigns) * 2)
    ]
    posted = _jobs(random, jobs, campaigns, groups)
    publishers = tuple(site.publisher for site in _SITES)
    dimensions = Dimensions(posted[: max(1, jobs - jobs // 50)], campaigns, groups, employers, publishers)
    sites = (*_SITES, _ORGANIC)
    return Market(
        dimensions=dimensions,  # a few of the newest jobs are not in the tables yet, as in life
        sites=sites,
        site_weights=list(accumulate(site.share for site in sites)),
        ads=_ads(random, posted, sites),
        ad_weights=list(accumulate(1 / rank**_ZIPF for rank in range(1, jobs + 1))),
        visitors=[_visitor(random, _AGENTS) for _ in range(visitors)],
        robots=[_visitor(random, _ROBOTS) for _ in range(3)],
    )


def _name(names: Sequence[str], number: int) -> str:
    again, index = divmod(number - 1, len(names))
    return names[index] if not again else f"{names[index]} {again + 1}"


def _campaigns(random: Random, employers: Sequence[Company]) -> list[Campaign]:
    campaigns: list[Campaign] = []
    for employer in employers:
        for theme in random.sample(_THEMES, random.randint(1, 3)):
            campaigns.append(
                Campaign(
                    id=10 + len(campaigns),
                    company=employer.id,
                    name=f"{theme}, {employer.name}",
                )
            )
    return campaigns


def _jobs(random: Random, jobs: int, campaigns: Sequence[Campaign], groups: Sequence[Group]) -> list[Job]:
    posted: list[Job] = []
    number = 1000
    for _ in range(jobs):
        number += random.randint(1, 9)
        campaign = random.choice(campaigns)
        fitting = [group.id for group in groups if group.campaign == campaign.id]
        group = random.choice(fitting) if fitting and random.random() < 0.7 else None
        company = None if random.random() < 0.01 else campaign.company  # forgotten by somebody
        title = f"{random.choice(_TITLES)}, {random.choice(_PLACES)}"
        posted.append(Job(number, company, campaign.id, group, title))
    return posted


def _ads(random: Random, posted: Sequence[Job], sites: Sequence[Site]) -> list[list[Ad]]:
    by_popularity = random.sample(posted, len(posted))
    pull = [(random.lognormvariate(0, 0.35), random.lognormvariate(0, 0.45)) for _ in by_popularity]
    generosity = {job.campaign: random.random() for job in posted}
    return [
        [
            Ad(
                job=job.id,
                publisher=site.publisher.id,
                campaign=(job.campaign or 0) if site.publisher.id else 0,
                group=(job.group or 0) if site.publisher.id else 0,
                bid=_bid(random, site, generosity[job.campaign]),
                appeal=appeal,
                intent=intent,
            )
            for job, (appeal, intent) in zip(by_popularity, pull, strict=True)
        ]
        for site in sites
    ]


def _bid(random: Random, site: Site, generosity: float) -> int | None:
    if not site.publisher.id:
        return None
    low, high = site.bids
    aim = low + (high - low) * min(1, max(0, 0.8 * generosity + random.uniform(-0.1, 0.2)))
    return round(aim / site.step) * site.step


def _visitor(random: Random, agents: Sequence[tuple[str, str, str, str]]) -> Visitor:
    browser, agent, screen, viewport = random.choice(agents)
    uid = f"1-{random.getrandbits(26):08x}-{random.getrandbits(26):08x}"
    return Visitor(uid, browser, agent, screen, viewport, random.choice((-420, -420, -420, -480, 0, 300)))


def csv_files(dimensions: Dimensions) -> Mapping[str, bytes]:
    """Write the dimensions as the files that `admetrics dims import` reads.

    Returns:
        The content of each file by its name: UTF-8, a header, an empty field for null.
    """
    tables = (dimensions.jobs, dimensions.campaigns, dimensions.groups, dimensions.companies, dimensions.publishers)
    return {name: _csv(header, table) for (name, header), table in zip(_HEADERS.items(), tables, strict=True)}


def _csv(header: Sequence[str], table: Iterable[Any]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(attrs.astuple(row) for row in table)
    return text.getvalue().encode()
