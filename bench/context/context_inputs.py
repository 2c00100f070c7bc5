#!/usr/bin/env python3
"""The inputs of bench/context/run: company.yaml, threats.txt, users.txt, country.mmdb.

usage: context_inputs.py FOLDER
"""
import ipaddress
import pathlib
import random
import struct
import sys

folder = pathlib.Path(sys.argv[1])
dice = random.Random(20261120)

lines = ["zone: '+09:00'", "calendar:", "  shifts:",
         "    - {name: day, from: '08:00', to: '20:00'}",
         "    - {name: night, days: mon-fri, from: '20:00', to: '05:00'}",
         "    - {name: guard, days: mon-sun, from: '00:00', to: '24:00', on_holidays: true}",
         "departments:", "  - {name: production, users_file: users.txt, shifts: [day, night]}",
         "  - {name: guards, users: [guard1, guard2], shifts: [guard]}",
         "networks: {own: [192.0.2.0/28], vpn: [10.250.0.0/16], domains: [factory.example]}", "sites:"]
lines += [f"  - {{name: site{i}, networks: [10.{i}.0.0/16], hosts: [fs{i}, dc{i}]}}" for i in range(40)]
lines += ["watch:", "  - {name: leavers, of: users, file: users.txt}",
          "  - {name: important, of: folders, values: ['D:\\secret', payroll]}",
          "  - {name: servers, of: hosts, values: [fs1, fs2, dc1]}",
          "  - {name: lab, of: addresses, values: [10.3.0.0/24, 10.4.5.6]}",
          "  - {name: tools, of: programs, values: [psexec.exe, rclone.exe]}",
          "threats: [{name: big, file: threats.txt}]", "geoip_file: country.mmdb"]
(folder / "company.yaml").write_text("\n".join(lines) + "\n")
(folder / "users.txt").write_text("".join(f"leaver{i}\n" for i in range(1000)))
with open(folder / "threats.txt", "w") as out:
    for i in range(500_000):
        out.write(f"{ipaddress.IPv4Address(dice.getrandbits(32) | 0x20000000)}\nhost{i}.bad.example\n")


def number(value, size):
    return value.to_bytes(size, "big")


def text(value):
    return bytes([2 << 5 | len(value)]) + value.encode()


def write_mmdb(path, networks):
    """networks: (first address, bits, data offset), of a tree of IPv4 with 32 bits a record."""
    nodes = [[None, None]]
    for first, bits, at in networks:
        node = 0
        for i in range(bits - 1):
            side = first >> (31 - i) & 1
            if not isinstance(nodes[node][side], int) or nodes[node][side] < 0:
                nodes.append([None, None])
                nodes[node][side] = len(nodes) - 1
            node = nodes[node][side]
        if nodes[node][first >> (32 - bits) & 1] is None:
            nodes[node][first >> (32 - bits) & 1] = -1 - at
    count = len(nodes)
    with open(path, "wb") as out:
        for pair in nodes:
            out.write(struct.pack(">II", *(count if side is None else side if side >= 0
                                           else count + 16 - 1 - side for side in pair)))
        out.write(bytes(16) + data)
        out.write(b"\xab\xcd\xefMaxMind.com" + bytes([7 << 5 | 3]) +
                  text("node_count") + bytes([6 << 5 | 4]) + number(count, 4) +
                  text("record_size") + bytes([5 << 5 | 2]) + number(32, 2) +
                  text("ip_version") + bytes([5 << 5 | 2]) + number(4, 2))


data, offsets = b"", []
for first in "ABCDEFGHIJ":
    for second in "KLMNOPQRSTUVWXYZ":
        offsets.append(len(data))
        data += bytes([7 << 5 | 1]) + text("country") + bytes([7 << 5 | 1]) + text("iso_code") + text(first + second)
made = []
for _ in range(300_000):
    width = dice.choice([16, 18, 20, 21, 22, 22, 23, 24, 24, 24])
    made.append((dice.getrandbits(32) >> (32 - width) << (32 - width), width, dice.choice(offsets)))
write_mmdb(folder / "country.mmdb", sorted(made, key=lambda row: -row[1]))
