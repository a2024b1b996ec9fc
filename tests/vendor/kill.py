#!/usr/bin/env python3
"""Kill -9 at random moments, with a live vendor: nobody lost, nobody twice.

    tests/vendor/kill.py [--icm target/release/icm] [--kills 50] [--cases 300] [--seed N]

The system (`icm bench live`) and the reference vendor run as two processes that share nothing but two queues. One of
them, drawn by the seed, is killed with SIGKILL after a random time and started again, until so many kills are done;
then both may finish. At the end every case must be served, and the vendor must have taken each offer exactly once.
"""

import argparse
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

VENDOR = "VENDOR-1"


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--icm", default="target/release/icm")
    asked.add_argument("--kills", type=int, default=50)
    asked.add_argument("--cases", type=int, default=300)
    asked.add_argument("--seed", type=int, default=int(time.time()))
    asked.add_argument("--wait", type=int, default=600, help="seconds that the last run may take")
    args = asked.parse_args()
    dice = random.Random(args.seed)
    print(f"seed={args.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        drill = Drill(pathlib.Path(folder), args)
        try:
            sys.exit(drill.run(dice))
        finally:
            drill.stop()


class Drill:
    def __init__(self, folder, args):
        self.args, self.store, self.books = args, folder / "store", folder / "vendor.db"
        self.store.mkdir()
        self.system = self.vendor = None

    def start_system(self):
        (self.store / "endpoint").unlink(missing_ok=True)
        command = [self.args.icm, "bench", "live", "--store", self.store, "--cases", str(self.args.cases),
                   "--wait", str(self.args.wait)]
        self.system = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def start_vendor(self):
        """The vendor learns where the queues are from the file that the system writes, as from a letter."""
        for _ in range(600):
            if (self.store / "endpoint").exists() or self.system.poll() is not None:
                break
            time.sleep(0.05)
        endpoint = (self.store / "endpoint").read_text()
        queue = lambda way: f"{endpoint}/000000000000/icm-dev-{way}-{VENDOR}"
        environment = {**os.environ, "AWS_ENDPOINT_URL_SQS": endpoint, "OFFERS_QUEUE_URL": queue("offers"),
                       "REPLIES_QUEUE_URL": queue("replies")}
        vendor = pathlib.Path(__file__).with_name("reference_vendor.py")
        command = [sys.executable, vendor, "--state", self.books, "--resend-after", "3"]
        self.vendor = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)

    def kill(self, process):
        if process and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def stop(self):
        self.kill(self.system)
        self.kill(self.vendor)

    def run(self, dice):
        kills = {"system": 0, "vendor": 0}
        self.start_system()
        self.start_vendor()
        while sum(kills.values()) < self.args.kills:
            time.sleep(dice.uniform(0.05, 1.5))
            if self.system.poll() is not None:
                print(f"every case was served after {sum(kills.values())} kills; more cases are needed")
                break
            which = "system" if dice.random() < 0.7 else "vendor"
            kills[which] += 1
            if which == "system":
                # The vendor cannot go on without queues: it is told the new place when they are back.
                self.kill(self.system)
                self.kill(self.vendor)
                self.start_system()
            else:
                self.kill(self.vendor)
            self.start_vendor()
        output, _ = self.system.communicate(timeout=self.args.wait + 60)
        ended = json.loads(output.strip().splitlines()[-1])
        print(f"kills: {kills}; ended: {ended}")
        return self.judge(ended, sum(kills.values()))

    def judge(self, ended, kills):
        self.kill(self.vendor)
        books = sqlite3.connect(self.books)
        one = lambda query: books.execute(query).fetchone()[0]
        active = one("select count(*) from cases where state = 'ACTIVE'")
        known = one("select count(*) from cases")
        offers = one("select count(*) from acted")
        refused = one("select count(*) from refused")
        wrong = []
        if not ended["served"] or ended["statuses"] != {"ACTIVE": self.args.cases}:
            wrong.append(f"lost: the system ended with {ended['statuses']}")
        if active != self.args.cases or known != self.args.cases:
            wrong.append(f"lost: the vendor serves {active} of {known} cases")
        if offers != self.args.cases:
            wrong.append(f"twice: the vendor acted on {offers} offers")
        if refused:
            codes = books.execute("select code, count(*) from refused group by code").fetchall()
            wrong.append(f"refused replies of the vendor, by code: {codes}")
        if kills < self.args.kills:
            wrong.append(f"only {kills} kills")
        for line in wrong:
            print("FAIL  ", line)
        if not wrong:
            print(f"ok     {self.args.cases} cases, {kills} kills: nobody lost, nobody twice")
        return 1 if wrong else 0


if __name__ == "__main__":
    main()
