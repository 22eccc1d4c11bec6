"""Asks croniter when cron expressions fire.

usage: croniter_answers.py CASES

CASES is a JSON list of objects with cron, zone, after (seconds since 1970) and count. Standard output is a JSON list of the same length:
for each case the next times in seconds since 1970, each as [time, whether it is the second time that the wall's clock shows so].
The zones are those of the package tzdata, not of the system, so that the answers are the same everywhere.
"""

import datetime
import json
import pathlib
import sys
import zoneinfo

import croniter

zoneinfo.reset_tzpath([])


def answers(case):
    zone = zoneinfo.ZoneInfo(case["zone"])
    after = datetime.datetime.fromtimestamp(case["after"], zone)
    # Vixie's rule: days and weekdays of which one begins with a star must both match.
    times = croniter.croniter(case["cron"], after, implement_cron_bug=True)
    found = []
    for _ in range(case["count"]):
        time = times.get_next(datetime.datetime)
        found.append([int(time.timestamp()), time.fold == 1])
    return found


print(json.dumps([answers(case) for case in json.loads(pathlib.Path(sys.argv[1]).read_text())]))
