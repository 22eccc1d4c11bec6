"""Lloyd's algorithm: points go to their nearest centre, centres to the middle of their points, until nothing moves."""

import math
import random
from dataclasses import dataclass

Point = list[float]
ITERATIONS_MAX = 100


@dataclass(frozen=True)
class Clustering:
    centers: list[Point]
    members: list[int]  # the number of each point's centre
    spread: float  # the squared distances of the points from their centres, summed up


def nearest(point: Point, centers: list[Point]) -> int:
    return min(range(len(centers)), key=lambda number: math.dist(point, centers[number]))


def middle(points: list[Point]) -> Point:
    return [math.fsum(column) / len(points) for column in zip(*points)]


def cluster(points: list[Point], count: int, seed: int) -> Clustering:
    """Where it ends depends on the points that it begins with, and those on the seed."""
    centers = random.Random(seed).sample(points, count)
    members: list[int] = []
    for _ in range(ITERATIONS_MAX):
        previous, members = members, [nearest(point, centers) for point in points]
        if members == previous:
            break
        for number in range(count):
            own = [point for point, member in zip(points, members) if member == number]
            centers[number] = middle(own) if own else centers[number]
    spread = math.fsum(math.dist(point, centers[member]) ** 2 for point, member in zip(points, members))
    return Clustering(centers, members, spread)
