"""Whether every peer gives the same answer, on sizes that take seconds. Run before timing."""

import numpy as np

import array_peers as array
import numba_peers as compiled
import workloads


def close(found: np.ndarray, expected: np.ndarray, what: str, relative: float = 1e-10) -> None:
    np.testing.assert_allclose(found, expected, rtol=relative, atol=1e-9, err_msg=what)
    print(f"{what}: same answer")


def main() -> None:
    grid = workloads.grid(machines=70, prices=85, states=3)
    shape = (3, 70, 85)
    costs = np.array(array.grid_python(grid)).reshape(shape)
    close(array.grid_numpy(grid, np.empty(shape)), costs, "w1 numpy")
    for parallel in (False, True):
        close(compiled.grid(parallel)(grid, np.empty(shape)), costs, f"w1 numba {parallel=}")
    close(np.sort(array.grid_polars(grid)["usd"].to_numpy()), np.sort(costs.ravel()), "w1 polars")

    sums = np.array(array.reduced_python(grid)).reshape(3, 85, 3).transpose(0, 2, 1)
    close(array.reduced_numpy(grid), sums, "w1red numpy")
    close(array.reduced_numpy_sorted(grid), sums, "w1red numpy sorted")
    for parallel in (False, True):
        close(compiled.reduced(parallel)(grid), sums, f"w1red numba {parallel=}")
    polars = array.reduced_polars(grid).sort("state", "price")
    close(polars["th"].to_numpy(), sums[:, 1][sums[:, 0] > 0], "w1red polars")

    dispatch = workloads.dispatch(machines=9, hours=500)
    chosen = np.array(array.dispatch_python(dispatch))
    close(array.dispatch_numpy(dispatch), chosen, "w2 numpy")
    close(array.dispatch_numpy_sorted(dispatch), chosen, "w2 numpy sorted")
    for parallel in (False, True):
        close(compiled.dispatch_naive(parallel)(dispatch), chosen, f"w2 numba naive {parallel=}")
        close(compiled.dispatch_tuned(parallel)(dispatch), chosen, f"w2 numba tuned {parallel=}")
    close(array.dispatch_polars(dispatch).sort("machine")["best"], chosen[:, 0], "w2 polars")

    # Streams of random numbers differ: the means agree within four standard errors.
    paths = workloads.paths(count=40_000)
    means = []
    for name, form in (
        ("numpy", array.paths_numpy),
        ("numba", compiled.paths(False, paths)),
        ("numba parallel", compiled.paths(True, paths)),
        ("python", lambda _: np.array(array.paths_python(workloads.paths(count=2_000))).T),
    ):
        values = form(paths)
        means.append((name, values.mean(axis=1), values.std(axis=1) / values.shape[1] ** 0.5))
    _, mean, error = means[0]
    for name, other, other_error in means[1:]:
        distance = np.abs(other - mean) / np.hypot(error, other_error)
        assert distance.max() < 4.0, f"w3 {name}: {distance} standard errors from NumPy"
        print(f"w3 {name}: same means, {distance.max():.1f} standard errors at most")
    print("w3 means, USD:", ", ".join(f"{value:,.0f}" for value in mean))


if __name__ == "__main__":
    main()
