"""What a cohort's people cost, and what placement did to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from boligspor import _core, _options
from boligspor._cost_options import cost_spec
from boligspor.costs import Costs, CostSource, Death, IntervalMethod, Period
from boligspor.effect import CostEffect, Design
from boligspor.net_cost import NetCost, Scenario
from boligspor.refunds import WhoPays


class CostAnalyses:
    """The analyses of :class:`boligspor.Cohort` that look at money."""

    _core: _core.Cohort

    def costs(
        self,
        *,
        period: Period = "year",
        first: int = -3,
        last: int = 3,
        source: CostSource = "auto",
        price_base: int | None = None,
        death: Death = "zero",
        method: IntervalMethod = "bootstrap_t",
        cap: int | None = None,
        views: bool | Mapping[str, Any] = False,
        replicates: int = 499,
        seed: int = 1,
    ) -> Costs:
        """Estimate what people cost before, in and after the placement year.

        Parameters
        ----------
        period
            The unit of the relative periods: ``"year"``, ``"quarter"`` or
            ``"month"`` counted from time zero, or ``"calendar_year"``.
        first, last
            The first and the last relative period; 0 is the one that time zero
            starts.
        source
            Which tables say what people cost: ``"costs"``, ``"services"`` (priced by
            ``prices``), ``"all"`` (their sum), or ``"auto"``: costs where the register
            has them, else services.
        price_base
            The year whose prices all amounts are put in, by the table
            ``price_index``; nothing for current prices.
        death
            ``"zero"``: the dead cost nothing from then on and still count;
            ``"survivors"``: only the time of the living counts.
            :meth:`Costs.windows` shows both.
        method
            How intervals are made: ``"bootstrap_t"`` (studentised, by person),
            ``"percentile"``, ``"bca"``, ``"normal"``, or ``"auto"``: normal where
            there are 200 people and 25 times the squared skewness, else studentised.
        cap
            A sensitivity analysis beside the result, :meth:`Costs.sensitivity`: a
            person's costs of a period above so many kroner count as this.
        views
            ``True``, or any of ``rate, net_tax_factor, transfers``: each payer's
            budget and society's account side by side, and their present values.
            The Danish Ministry of Finance's rates of 2023 and a net tax factor of
            1.28 are the default; 0 to 5 % are shown beside them.
        replicates
            Bootstrap replicates for the intervals; 0 for none.
        seed
            Seed of the bootstrap.

        Raises
        ------
        MissingError
            Where the register has no costs, no price of a service in a year it
            is used, or no price index of a year.
        OptionError
            Where an option cannot be used.
        """
        spec = cost_spec(
            "costs",
            {
                "period": period,
                "first": first,
                "last": last,
                "source": source,
                "price_base": price_base,
                "death": death,
                "method": method,
                "cap": cap,
                "views": views,
                "replicates": replicates,
                "seed": seed,
            },
        )
        return Costs(self._core.costs(_options.as_json(spec)), cast("Period", spec["period"]))

    def compare_costs(self, design: Design | Mapping[str, Any] | None = None) -> CostEffect:
        """Compare costs with those of people who were not placed.

        A before/after is no effect: placement follows a peak of costs. Comparison
        people come from the register by a design; changes are measured from a
        year before the peak began, and stand beside the before/after.

        Parameters
        ----------
        design
            A :class:`Design`, its fields by name, or nothing for the default.

        Raises
        ------
        MissingError
            Where the register has no costs, or there is nobody to compare.
        OptionError
            Where the design's choices do not fit, or the cohort's clock does
            not start at placement.

        Examples
        --------
        >>> import boligspor
        >>> register = boligspor.Register(
        ...     **boligspor.synth("country", people=600, seed=5),
        ...     observed_until="2024-12-31",
        ... )
        >>> found = register.cohort().compare_costs({"adjust": "year", "replicates": 0})
        >>> found.table()["base"].unique().sort().to_list()
        [-3, -2, -1]
        """
        chosen = Design.of(design)
        return CostEffect(self._core.compare_costs(chosen.to_json()), chosen)

    def net_cost(
        self,
        design: Design | Mapping[str, Any] | None = None,
        scenario: Scenario | Mapping[str, Any] | None = None,
    ) -> NetCost:
        """Estimate what it costs to house someone, by payer, against people not placed.

        Parameters
        ----------
        design
            As of :meth:`compare_costs`.
        scenario
            A :class:`Scenario`, its fields by name, or nothing for one where the
            programme costs nothing beyond the amounts in the tables.

        Raises
        ------
        MissingError
            Where the register has no costs, or too few are observed all the way.
        OptionError
            Where the choices do not fit.
        """
        chosen, assumed = Design.of(design), Scenario.of(scenario)
        core = self._core.net_cost(chosen.to_json(), assumed.to_json())
        return NetCost(core, chosen, assumed)

    def who_pays(
        self,
        rules: Iterable[str] = ("before_2023", "denmark"),
        *,
        file: str | Path | None = None,
        period: Period = "year",
        first: int = -3,
        last: int = 3,
        source: CostSource = "auto",
        price_base: int | None = None,
        replicates: int = 499,
        seed: int = 1,
    ) -> WhoPays:
        """Put the same stays under several sets of state-refund rules.

        Parameters
        ----------
        rules
            Sets of rules, each of the others compared with the first:
            ``"before_2023"``, ``"reform_2023"``, ``"denmark"`` (the law as it was
            and is), ``"none"``, or ``"reform_2023@2016-01-01"``: a set as if it
            had taken effect on that day.
        file
            A rule file of your own; nothing for the rules shipped.
        period, first, last, source, price_base, replicates, seed
            As for :meth:`costs`. Amounts must be before refunds.

        Raises
        ------
        MissingError
            Where the register has no costs, or lacks a price.
        OptionError
            Where an option cannot be used, or a set is not in the file.
        """
        given = {
            "period": period,
            "first": first,
            "last": last,
            "source": source,
            "price_base": price_base,
            "replicates": replicates,
            "seed": seed,
        }
        sets = _options.names("rules", rules)
        spec = {"rules": sets, "costs": cost_spec("who_pays", given)}
        path = None if file is None else Path(file)
        return WhoPays(self._core.who_pays(_options.as_json(spec), path), sets)
