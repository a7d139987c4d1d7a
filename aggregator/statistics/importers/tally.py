"""Long tables (one row per figure) added up into a release: the part that every importer of them shares."""

from __future__ import annotations

from aggregator.limits import MAX_STATS_CELLS
from aggregator.statistics.areas import FORCE, area_code, areas_of
from aggregator.statistics.categories import category, slug, with_parents
from aggregator.statistics.errors import BadTableError, NotTakenError
from aggregator.statistics.model import Category, Cell, Dataset, FileData, ReleaseData
from aggregator.statistics.periods import first_day_after, month_of
from aggregator.statistics.tables import Table


class Tally:
    """Adds rows up by measure, area, category and period. Rows that are alike are added: published tables repeat keys."""

    def __init__(self, table: Table, dataset: Dataset, header_family: str) -> None:
        self._table, self._dataset, self._family = table, dataset, header_family
        self._cells: dict[tuple[str, str, str, str], float] = {}
        self._categories: dict[str, Category] = {}
        self._names: dict[str, str] = {}
        self._seen: dict[tuple[str, ...], str] = {}
        self.rows = 0
        self.refreshed = ""

    def add(self, measure: str, area: str, names: tuple[str, ...], period: str, value: float) -> None:
        """Adds one figure. ``names``: the path of published category names, outermost first."""
        code = self._seen.get(names)
        if code is None:
            found = category(*names)
            code = self._seen[names] = found.code
            self._categories.setdefault(code, found)
            for depth in range(1, len(names)):
                self._names.setdefault("/".join(slug(name) for name in names[:depth]), names[depth - 1])
        key = (measure, area, code, period)
        if value:
            self._cells[key] = self._cells.get(key, 0.0) + value
            if len(self._cells) > MAX_STATS_CELLS:
                raise BadTableError(f"has more than {MAX_STATS_CELLS} figures", subject=self._table.file)

    def area(self, line: int, *names: str) -> str:
        """Code of the first of these names that is known. Raises :class:`BadTableError` when none is."""
        for name in names:
            code = area_code(name) if name.strip() else None
            if code:
                return code
        if not any(name.strip() for name in names):
            return "met-unknown"
        raise BadTableError(f"line {line}: {names[0]!r} is no known area", subject=self._table.file)

    def month(self, line: int, column: int, text: str) -> str:
        """The month of a date. Raises :class:`BadTableError` naming line and column."""
        month = month_of(text)
        if month is None:
            name = self._table.header[column]
            raise BadTableError(f"line {line}, column {name}: {text!r} is no date", subject=self._table.file)
        return month

    def release(self, *, periods: tuple[str, str] | None = None) -> ReleaseData:
        """What was added up. ``periods``: the range the file covers, where its figures do not show it."""
        if not self._cells:
            raise NotTakenError("has a header and no figures", subject=self._table.file)
        found = sorted({key[3] for key in self._cells})
        first, last = periods or (found[0], found[-1])
        return ReleaseData(
            dataset=self._dataset,
            header_family=self._family,
            period_from=first,
            period_to=last,
            cells=tuple(Cell(*key, value) for key, value in self._cells.items()),
            areas=areas_of({key[1] for key in self._cells}),
            categories=with_parents(self._categories, self._names),
            refresh_date=self.refreshed,
            earliest_date=first_day_after(last) if len(last) == 7 and last[4] == "-" else "",
            rows=self.rows,
        )

    def file(self) -> FileData:
        """The release as the file's only part."""
        return FileData((self.release(),))


WHOLE_FORCE = FORCE
