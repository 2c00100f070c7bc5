"""One question to one side, over several rounds."""
import bench_akashi
import bench_questions
import bench_report
import bench_sql

CELL_SECONDS_MAX = 5  # past it a cell is not asked again
FAULT_WORDS_MAX = 60


class Cell:
    def __init__(self):
        self.times, self.count, self.fault = [], None, ""

    def ask(self, side, question):
        if self.fault or sum(self.times) > CELL_SECONDS_MAX * 1000:
            return
        try:
            ms, rows = side.ask(question)
        except (bench_akashi.Failed, bench_sql.Absent) as why:
            self.fault = str(why).replace("|", "/").replace("\n", " ")
            bench_report.say(f"{side.name}: {question.name}: {self.fault}")
            return
        if ms is not None:
            self.times.append(ms)
            self.count = bench_questions.count_of(question, rows)

    def words(self, truth):
        if self.fault:
            return "failed: " + self.fault[:FAULT_WORDS_MAX]
        differs = self.count is not None and truth is not None and self.count != truth
        return bench_report.milliseconds(self.times) + (f" **≠ {self.count:,}**" if differs else "")


class Cold:
    name = "akashi cold"

    def __init__(self, ours, data):
        self.ours, self.data = ours, data

    def ask(self, question):
        return self.ours.search(self.data, question.ours, question.span)


class Warm:
    name = "akashi warm"

    def __init__(self, server):
        self.server = server

    def ask(self, question):
        return self.server.search(question.ours, question.span)


def ask_all(asked, sides, rounds):
    cells = {(question.name, side): Cell() for question in asked for side in sides}
    for turn in range(rounds):
        for question in asked:
            for side in sides:
                cells[question.name, side].ask(side, question)
        bench_report.say(f"round {turn + 1} of {rounds}")
    return cells
