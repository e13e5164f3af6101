"""The medians of all rounds as a table, and Cairn's ratios to the others."""

import sys
from statistics import median

events, batch = int(sys.argv[1]), int(sys.argv[2])
runs = {}
for line in open(sys.argv[3]):
    engine, *figures = line.split()
    runs.setdefault(engine, []).append([float(figure) for figure in figures])

middle = {engine: [median(column) for column in zip(*all)] for engine, all in runs.items()}
rounds = len(next(iter(runs.values())))
print(f"{events:,} events, {batch:,} a durable commit, median of {rounds} in turn\n")
print("| engine | CPU µs/event | events/s | anonymous MiB | disk bytes/event |")
print("|---|---:|---:|---:|---:|")
for engine, (wall, cpu, peak, disk) in middle.items():
    print(f"| {engine} | {cpu / events * 1e6:.2f} | {events / wall:,.0f} | {peak / 1024:.0f} | {disk / events:.0f} |")

print("\n| cairn against | CPU of cairn / of the peer | speed of cairn / of the peer | range of CPU ratios |")
print("|---|---:|---:|---:|")
for engine in list(middle)[1:]:
    ratios = sorted(mine[1] / its[1] for mine, its in zip(runs["cairn"], runs[engine]))
    cpu = middle["cairn"][1] / middle[engine][1]
    speed = middle[engine][0] / middle["cairn"][0]
    print(f"| {engine} | {cpu:.2f} | {speed:.2f} | {ratios[0]:.2f}–{ratios[-1]:.2f} |")
