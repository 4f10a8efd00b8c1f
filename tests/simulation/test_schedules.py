"""Schedules that once went wrong, or would if a part of the protocol were left out."""

from contextlib import contextmanager

import pytest

from admetrics.domain.dimensions import Dimensions, Job
from admetrics.domain.times import Period
from tests.simulation.mutants import MUTANTS
from tests.simulation.plan import Plan, System
from tests.simulation.records import line
from tests.simulation.scheduler import ALL, Order
from tests.simulation.world import World, simulated


class Stage:
    """A world that a test directs by hand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.one, self.other = world.runners
        self.admin, self.importer = world.admins

    def write(self, number, **columns):
        """A writer ingests a record."""
        writer = self.world.writers[0]
        self.world.write(writer, [line(number, **columns)])
        self.world.go_on(writer)

    def go(self, process, *until, effects=ALL, last=Order.GO):
        self.world.go_on(process, effects, last, until=until)

    def reconcile(self, *until):
        service = self.admin.pipeline.reconcile
        self.world.go_on(self.admin, until=until, chosen=("reconcile", lambda: service(Period.always())))

    def move_job(self, company, *until):
        service = self.importer.pipeline.import_dimensions
        jobs = Dimensions(jobs=(Job(1, company=company),))
        self.world.go_on(self.importer, until=until, chosen=("import", lambda: service(jobs)))


@contextmanager
def staged(system=None):
    """Direct a world in which nothing happens by itself; at the end it settles, and all must be right."""
    with simulated(World(system=system, plan=Plan())) as world:
        yield Stage(world)
        world.settle_and_check()


def a_version_taken_after_its_scan_overrides_what_it_did_not_see(system):
    with staged(system) as stage:
        stage.write(1, job_id=1)
        stage.go(stage.one, "next_version")  # in the mutant, it has scanned by now
        stage.write(2, job_id=1)
        stage.go(stage.other)
        stage.go(stage.one)


def a_reused_minute_is_claimed_anew_between_check_and_claim(system):
    with staged(system) as stage:
        stage.write(1, minute=5, job_id=1)
        stage.go(stage.one)
        stage.write(2, minute=45, job_id=1)
        stage.go(stage.one, "next_version")
        stage.write(3, minute=5, job_id=1)
        stage.go(stage.other, "claim")
        stage.go(stage.one, "claim")  # it has the higher version, reuses minute 5, and has looked at its last claim
        stage.go(stage.other)
        stage.go(stage.one)


def content_returns_to_what_was_committed_while_another_is_published(system):
    with staged(system) as stage:
        stage.write(1, job_id=1)
        stage.go(stage.one)
        stage.move_job(2)
        stage.go(stage.one, "commit")  # published with company 2
        stage.move_job(None)
        stage.go(stage.one, effects=1, last=Order.CRASH)
        stage.go(stage.other)


SCHEDULES = {
    a_version_taken_after_its_scan_overrides_what_it_did_not_see: "version taken after the scan",
    a_reused_minute_is_claimed_anew_between_check_and_claim: "reuse checked before the claim",
    content_returns_to_what_was_committed_while_another_is_published: "claim without in-doubt mark",
}


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_protocol_withstands_a_schedule_that(schedule):
    schedule(System())


@pytest.mark.parametrize("schedule, mutant", SCHEDULES.items())
def test_without_that_part_of_the_protocol_it_goes_wrong(schedule, mutant):
    with pytest.raises(AssertionError):
        schedule(MUTANTS[mutant])


def test_a_move_that_is_settled_while_reconcile_looks_is_no_difference():
    """Reconcile once read the moves last: one that became a request in between was seen in neither place."""
    _reconcile_while_a_move_is_settled(System())


def test_reading_the_moves_last_reports_a_false_difference():
    with pytest.raises(AssertionError, match="differences that are none"):
        _reconcile_while_a_move_is_settled(MUTANTS["reconcile reads the moves last"])


def _reconcile_while_a_move_is_settled(system):
    with staged(system) as stage:
        stage.write(1, job_id=1)
        stage.world.settle_and_check()
        stage.reconcile("scan")
        stage.move_job(2, "pending_changes")
        stage.go(stage.admin, "rows_of")
        stage.go(stage.admin, "states")
        stage.go(stage.one, "next_version")  # it has made the move a request
        stage.go(stage.admin)


@pytest.mark.parametrize("last", [Order.LOSE_ANSWER, Order.CRASH_AFTER])
def test_records_of_a_poll_that_failed_after_it_moved_on_are_not_lost(last):
    """Ingest once polled before it took care to rewind."""
    with staged() as stage:
        writer = stage.world.writers[0]
        stage.world.write(writer, [line(1, job_id=1)])
        stage.go(writer, effects=1, last=last)
        stage.world.write(writer, [line(2, job_id=1)])


def test_messages_of_a_poll_that_failed_after_it_moved_on_are_not_lost():
    """Load once polled before it took care to rewind."""
    with staged() as stage:
        stage.write(1, job_id=1)
        stage.go(stage.one)
        for loader in stage.world.loaders:
            stage.go(loader, effects=1, last=Order.LOSE_ANSWER)


def test_a_reused_minute_that_another_runner_claimed_is_read_again():
    """The claim refuses the hour, the engine forgets it, and the next tick reads it whole."""
    with staged() as stage:
        stage.write(1, minute=5, job_id=1)
        stage.go(stage.one)
        stage.write(2, minute=5, job_id=1)
        stage.go(stage.other)
        stage.write(3, minute=45, job_id=1)
        stage.go(stage.one)
        assert "claimed=0" in stage.world.trace.lines[-1]
        stage.go(stage.one)
        assert "claimed=1" in stage.world.trace.lines[-1]


def test_a_message_that_arrives_after_a_newer_one_does_not_win():
    with staged() as stage:
        stage.write(1, job_id=1)
        stage.go(stage.one)
        stage.go(stage.world.loaders[0])
        stage.write(2, job_id=1)
        stage.go(stage.one)
        stage.go(stage.world.loaders[0])
        stage.world.log.deliver_again(stage.world.choices)
        stage.go(stage.world.loaders[0])


def test_a_lost_checkpoint_store_is_mended_by_a_rebuild():
    with staged() as stage:
        stage.write(1, job_id=1)
        stage.world.settle_and_check()
        stage.write(1, custom_track="alive", job_id=1)
        stage.go(stage.one, "claim")
        stage.world.lose_checkpoints()
