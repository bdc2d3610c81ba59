# The same work in SimPy, the way its documentation writes models: a generator per process, a Resource per station.
import sys
import time
from random import expovariate

import simpy


def hold(pending, count):
    environment = simpy.Environment()

    def walk():
        while True:
            yield environment.timeout(expovariate(1))

    for _ in range(pending):
        environment.process(walk())
    for _ in range(pending):
        environment.step()
    began = time.perf_counter()
    for _ in range(count):
        environment.step()
    return count / (time.perf_counter() - began)


def queue(servers, customers):
    environment = simpy.Environment()
    station = simpy.Resource(environment, servers)
    sojourns = []

    def customer():
        arrived = environment.now
        with station.request() as turn:
            yield turn
            yield environment.timeout(expovariate(1))
        sojourns.append(environment.now - arrived)

    def arrivals():
        while True:
            yield environment.timeout(expovariate(0.9 * servers))
            environment.process(customer())

    environment.process(arrivals())
    began = time.perf_counter()
    while len(sojourns) < customers:
        environment.step()
    return customers / (time.perf_counter() - began)


what, size, count = sys.argv[1], int(float(sys.argv[2])), int(float(sys.argv[3]))
print(round(hold(size, count) if what == "hold" else queue(size, count)))
