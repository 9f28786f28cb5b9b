"""Recalculates workbooks of `hashpivot run --workbook` elsewhere and holds them against the engine.

    python recalculate.py HASHPIVOT [FOLDER]

Needs LibreOffice Calc (`soffice`) and, from PyPI, openpyxl and formulas. Every result that the engine
has left in a formula cell is taken out first, so that whatever comes back was calculated there.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import openpyxl

RELATIVE = 1e-9
# Next to nothing, in the unit of the cell: what rounding leaves of sums of millions.
NOTHING = 1e-6


def run(*command):
    """The output of a command that succeeds."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=280)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


FORMULA_CELL = re.compile(r'(<c r="([A-Z]+[0-9]+)"[^>]*?)( t="str")?(>\s*<f>[^<]*</f>)<v>[^<]*</v>')


def without_results(source, target, changes=()):
    """A copy whose formula cells hold no results, and whose inputs are changed: (path, value)."""
    cells = {}
    if changes:
        sheet = openpyxl.load_workbook(source, read_only=True)["Inputs"]
        for row in sheet.iter_rows(max_col=2):
            if isinstance(row[0].value, str):
                cells[row[0].value] = f"B{row[0].row}"
    inputs = None
    with zipfile.ZipFile(source) as archive:
        names = archive.namelist()
        book = archive.read("xl/workbook.xml").decode()
        order = re.findall(r'<sheet name="([^"]*)"', book)
        inputs = f"xl/worksheets/sheet{order.index('Inputs') + 1}.xml"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in names:
                data = archive.read(name)
                if name.startswith("xl/worksheets/sheet"):
                    text = data.decode()
                    if name == inputs:
                        for path, value in changes:
                            cell = cells[path]
                            old = rf'(<c r="{cell}"[^>]*>)<v>[^<]*</v>'
                            text, count = re.subn(old, rf"\g<1><v>{value!r}</v>", text)
                            assert count == 1, (path, cell)
                    text = FORMULA_CELL.sub(r"\1\4", text)
                    assert "</f><v>" not in text, f"{name} still holds results"
                    data = text.encode()
                copy.writestr(name, data)


def recalculated(path, folder):
    """The workbook as LibreOffice saves it, with its values."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    profile = f"-env:UserInstallation=file://{folder}/profile"
    run("soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", str(out), str(path))
    return openpyxl.load_workbook(out / path.name, data_only=True)


def differs(found, expected):
    """How far two results are apart, of the larger one; None if they are one."""
    if isinstance(expected, (int, float)) and not isinstance(expected, bool):
        if not isinstance(found, (int, float)):
            return float("inf")
        gap = abs(found - expected)
        if gap <= RELATIVE * abs(expected) or gap <= NOTHING:
            return None
        return gap / max(abs(expected), 1.0)
    return None if found == expected else float("inf")


def each_formula(source):
    """Sheet, address and cached result of every formula of a workbook."""
    formulas = openpyxl.load_workbook(source)
    cached = openpyxl.load_workbook(source, data_only=True)
    for sheet in formulas.worksheets:
        values = cached[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    yield sheet.title, cell.coordinate, values[cell.coordinate].value


def all_formulas(source, folder):
    """Every formula cell recalculated is the engine's result."""
    stripped = folder / f"stripped-{source.name}"
    without_results(source, stripped)
    book = recalculated(stripped, folder)
    count, worst, wrong = 0, 0.0, []
    for sheet, address, expected in each_formula(source):
        count += 1
        found = book[sheet][address].value
        gap = differs(found, expected)
        if gap is not None:
            wrong.append(f"{sheet}!{address}: {found!r} instead of {expected!r}")
        elif isinstance(expected, (int, float)) and abs(expected) > 1.0:
            worst = max(worst, abs(found - expected) / abs(expected))
    assert count > 1_000, count
    assert not wrong, f"{len(wrong)} of {count} formulas differ:\n" + "\n".join(wrong[:40])
    print(f"{source.name}: {count} formulas recalculated, largest relative difference {worst:.1e}")


def site_values(book):
    """Value of each site and of all, as the summary shows them."""
    sheet = book["Summary"]
    rows = []
    for row in sheet.iter_rows(min_row=5, max_col=2):
        rows.append(row[1].value)
        if row[0].value == "All sites":
            return rows
    raise AssertionError("the summary has no line for all sites")


def held(hashpivot, plan, source, folder, changes):
    """Inputs changed and recalculated are the engine with the plan held."""
    changed = folder / f"changed-{source.name}"
    without_results(source, changed, changes)
    book = recalculated(changed, folder)
    sets = [part for path, value in changes for part in ("--set", f"{path}={value!r}")]
    answer = json.loads(run(hashpivot, "run", *plan, *sets, "--hold-plan", "--format", "json"))
    assert answer["plan_held"] is True
    expected = [site["npv_usd"] for site in answer["sites"]] + [answer["portfolio"]["npv_usd"]]
    before = site_values(openpyxl.load_workbook(source, data_only=True))
    found = site_values(book)
    assert len(found) == len(expected)
    worst = 0.0
    for new, engine in zip(found, expected):
        assert differs(new, engine) is None, f"{changes}: {new} instead of {engine}"
        worst = max(worst, abs(new - engine) / abs(engine))
    assert any(abs(a - b) > 1.0 for a, b in zip(before, found)), f"{changes} moved nothing"
    # Yearly cash flows as well.
    for site, sheet in zip(answer["sites"], [s for s in book.sheetnames if s.endswith(" value")]):
        years = {}
        for row in book[sheet].iter_rows(max_col=6):
            if isinstance(row[0].value, (int, float)) and isinstance(row[5].value, (int, float)):
                years.setdefault(row[0].value, row[5].value)
        for year in site["cash_flow_by_year"]:
            net = years[year["plan_year"]]
            assert differs(net, year["net_usd"]) is None, (sheet, year["plan_year"], net, year)
    checks = book["Checks"]
    assert checks["B4"].value >= len(changes), "the workbook does not see what was changed"
    said = checks["B7"].value
    assert "held" in said, said
    print(f"{changes}: recalculated = held, largest relative difference {worst:.1e}")


def read_back(hashpivot, plan, source, folder):
    """What LibreOffice has saved is read back as the same plan."""
    saved = folder / "out" / f"stripped-{source.name}"
    filed = json.loads(run(hashpivot, "run", *plan, "--format", "json"))
    again = json.loads(run(hashpivot, "run", "--from-workbook", str(saved), "--format", "json"))
    for one, other in zip(filed["sites"], again["sites"]):
        assert differs(other["npv_usd"], one["npv_usd"]) is None, (one["id"], other["npv_usd"])
    print(f"{source.name}: saved by LibreOffice and read back, the same values")


def by_another(source, folder):
    """The same by a calculator that shares no code with LibreOffice."""
    import formulas

    stripped = folder / f"other-{source.name}"
    without_results(source, stripped)
    began = time.monotonic()
    model = formulas.ExcelModel().loads(str(stripped)).finish()
    solution = model.calculate()
    results = {}
    for key, value in solution.items():
        match = re.fullmatch(r"'\[[^\]]*\](.*)'!([A-Z]+[0-9]+)", str(key))
        if match:
            results[match[1].upper(), match[2]] = value.value[0, 0]
    count, wrong = 0, []
    for sheet, address, expected in each_formula(source):
        found = results.get((sheet.replace("'", "''").upper(), address))
        found = found.item() if hasattr(found, "item") else found
        count += 1
        if differs(found, expected) is not None:
            wrong.append(f"{sheet}!{address}: {found!r} instead of {expected!r}")
    assert count > 300, count
    assert not wrong, f"{len(wrong)} of {count} differ:\n" + "\n".join(wrong[:40])
    print(f"{source.name}: {count} formulas by another calculator, {time.monotonic() - began:.0f} s")


def main():
    hashpivot = sys.argv[1]
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch)
        one = here / "one_site.toml"
        only = set(sys.argv[3:])
        for name, plan, changes in [
            # The built-in example: an hourly tariff, a flat one, a GPU cloud, unsigned offers.
            (
                "example",
                [],
                [
                    [("site.cedar-fork.tariff.usd_per_mwh", 39.5)],
                    [("site.mesquite.offer.mesquite-retrofit.rent_first_usd_per_kw_month", 97.25)],
                    [
                        ("site.pecan-ridge.tariff.usd_per_mwh", 44.0),
                        ("site.pecan-ridge.offer.pecan-ridge-cloud.contract_usd_per_gpu_h", 3.4),
                        ("valuation.tax_rate_frac", 0.25),
                    ],
                ],
            ),
            # One site on a flat tariff with a gross lease: power flows through hall and machines.
            (
                "one_site",
                [str(one)],
                [
                    [("site.bluff.offer.bluff-lease.rent_first_usd_per_kw_month", 141.0)],
                    [("site.bluff.tariff.usd_per_mwh", 61.0)],
                    [
                        ("site.bluff.offer.bluff-lease.free_months", 4.5),
                        ("site.bluff.offer.bluff-lease.term_months", 44),
                        ("site.bluff.offer.bluff-lease.escalator_frac", 0.0),
                        ("site.bluff.offer.bluff-lease.capex_usd_per_critical_mw", 7.7e6),
                        ("valuation.discount_rate_frac", 0.1),
                    ],
                ],
            ),
        ]:
            if only and name not in only:
                continue
            source = folder / f"{name}.xlsx"
            run(hashpivot, "run", *plan, "--workbook", str(source))
            all_formulas(source, folder)
            read_back(hashpivot, plan, source, folder)
            for change in changes:
                held(hashpivot, plan, source, folder, change)
            if plan:
                by_another(source, folder)


if __name__ == "__main__":
    main()
