"""The data sets: what each holds, who publishes it, what may be added up, and where its series break."""

from __future__ import annotations

from dataclasses import replace

from aggregator.statistics.model import Break, Dataset

_OGL = "Contains public sector information licensed under the Open Government Licence v3.0"
_MPS = "Metropolitan Police Service"
_DATASTORE = "https://data.london.gov.uk/dataset/"
_CONNECT = Break(
    "2024-03",
    "From March 2024 the Met records in a new system (CONNECT): offences are classed differently, "
    "so compare across this month with care.",
)

RECORDED_BOROUGH = Dataset(
    id="recorded-crime-borough",
    title="Recorded crime by borough",
    noun="Recorded {category}",
    publisher=_MPS,
    homepage=_DATASTORE + "recorded_crime_summary",
    attribution=f"{_OGL}. Source: Metropolitan Police Service, London Datastore",
    description="Offences recorded by the Met, by offence group, borough and month, in the classes used since 2024.",
    note="The City of London has its own force and is not included. The newest month is published "
    "0.4–1.7% low. In July 2026 the Met moved offences without a borough into boroughs: since then the row Unknown is low.",
    provisional=1,
    breaks=(_CONNECT,),
)
RECORDED_BOROUGH_2019 = replace(
    RECORDED_BOROUGH,
    id="recorded-crime-borough-2019",
    title="Recorded crime by borough (classes of 2019 to 2024)",
    description="Offences recorded by the Met in the classes used from March 2019 to February 2024.",
    note="Ended: a series of its own, never continued into the classes used since.",
    breaks=(),
    provisional=0,
)
RECORDED_BOROUGH_2008 = replace(
    RECORDED_BOROUGH_2019,
    id="recorded-crime-borough-2008",
    title="Recorded crime by borough (classes before 2019)",
    description="Offences recorded by the Met in the nine classes used up to February 2019.",
)
RECORDED_WARD = replace(
    RECORDED_BOROUGH,
    id="recorded-crime-ward",
    title="Recorded crime by ward",
    description="Offences recorded by the Met, by offence group, ward (2022) and month.",
    note="Never add wards to boroughs: the same month has a different total in each of the files.",
    breaks=(_CONNECT,),
    opt_in=True,
)
RECORDED_LSOA = replace(
    RECORDED_WARD,
    id="recorded-crime-lsoa",
    title="Recorded crime by LSOA",
    description="Offences recorded by the Met, by offence group, LSOA (2021) and month; no sexual offences, no fraud.",
)
STOPS = Dataset(
    id="stop-and-search",
    title="Stop and search",
    noun="Stop and search",
    publisher="Home Office (police.uk)",
    homepage="https://data.police.uk/",
    attribution=f"{_OGL}. Source: data.police.uk",
    description="Every stop and search of the Metropolitan Police Service published on data.police.uk, one row each.",
    note="Places are snapped to the nearest of a set of map points. Some months are missing, cut short or too thin.",
    topic="stop-and-search",
    breaks=(
        Break("2017-04", "Self-defined ethnicity is published in the classes of the census of 2011 from here on."),
        Break("2018-01", "Outcomes and objects of search are published in new words and finer classes from here on."),
    ),
)
_DASHBOARD = Dataset(
    id="monthly-crime-tno",
    title="Monthly crime dashboard: notifiable offences",
    noun="{category}",
    publisher=_MPS,
    homepage=_DATASTORE + "mps-monthly-crime-dahboard-data",
    attribution=f"{_OGL}. Source: Metropolitan Police Service, London Datastore",
    description="Total notifiable offences and positive outcomes by borough and month, rolling four years.",
    note="Offences and positive outcomes are never added. Antisocial behaviour is not a notifiable offence.",
    provisional=1,
    breaks=(_CONNECT,),
)
TNO = _DASHBOARD


def dashboard_other(slug: str, name: str) -> Dataset:
    """The data set of one crime type of the dashboard's Other and Knife files. Its subtypes overlap."""
    topics = {"knife-crime", "gun-crime", "hate-crime", "domestic-abuse"}
    return replace(
        _DASHBOARD,
        id=f"monthly-{slug}",
        title=f"Monthly crime dashboard: {name}",
        description=f"{name} in the Met's monthly dashboard, by borough and month, rolling four years.",
        note="The subtypes overlap, so they are never added. Hate crime and domestic abuse before and after March 2024 "
        "are not comparable.",
        topic=slug if slug in topics else "",
        additive_categories=False,
    )


CUSTODY = replace(
    _DASHBOARD,
    id="custody-disposals",
    title="Custody disposals",
    noun="Disposals: {category}",
    homepage=_DATASTORE + "custody--arrests--disposals--strip-searches-",
    description="Disposals of people arrested, by offence group and disposal, force-wide and by month.",
    note="Counted by the month of the present disposal.",
    provisional=0,
    breaks=(),
)
HOMICIDE = replace(
    CUSTODY,
    id="homicide-proceedings",
    title="Homicide: persons proceeded against",
    noun="Persons proceeded against for {category}",
    homepage=_DATASTORE + "mps-homicide-dashboard-data",
    description="People proceeded against for homicide, by borough and month of proceedings.",
    note="Persons, not offences or victims.",
    topic="homicide",
)
_VAWG = replace(
    CUSTODY,
    noun="{category} (violence against women and girls)",
    homepage=_DATASTORE + "mps-violence-against-women-and-girls",
    note="Counted by the month recorded; the files also give the month committed.",
    topic="violence-against-women-and-girls",
)
VAWG_OFFENCES = replace(
    _VAWG,
    id="vawg-offences",
    title="Violence against women and girls: offences by borough",
    description="Offences in the Met's violence against women and girls data, by borough and month recorded.",
)
VAWG_CLASSES = replace(
    _VAWG,
    id="vawg-offences-by-class",
    title="Violence against women and girls: offences by class",
    description="The same offences by class, force-wide. Never added to the figures by borough.",
)
VAWG_VICTIMS = replace(
    _VAWG,
    id="vawg-victims",
    title="Violence against women and girls: victims by borough",
    description="Victims in the Met's violence against women and girls data, by borough and month recorded.",
)
VAWG_AGES = replace(
    _VAWG,
    id="vawg-victims-by-age",
    title="Violence against women and girls: victims by age",
    description="The same victims by age group, force-wide.",
)
VAWG_ETHNICITIES = replace(
    _VAWG,
    id="vawg-victims-by-ethnicity",
    title="Violence against women and girls: victims by ethnicity",
    description="The same victims by ethnic appearance, as officers saw it, force-wide.",
)
BUSINESS_OFFENCES = replace(
    CUSTODY,
    id="business-crime-offences",
    title="Business crime: offences",
    noun="Business crime: {category}",
    homepage=_DATASTORE + "mps-business-crime-dashboard-data",
    description="Offences against businesses by borough and month, added up from the published days.",
    note="A rolling window of 24 months.",
)
BUSINESS_OUTCOMES = replace(
    BUSINESS_OFFENCES,
    id="business-crime-outcomes",
    title="Business crime: outcomes",
    noun="Business crime outcomes: {category}",
    description="Outcomes of offences against businesses by borough and month.",
    note="Never added to offences.",
)
STRIP_SEARCHES = replace(
    CUSTODY,
    id="strip-searches",
    title="More thorough and strip searches",
    noun="More thorough searches: {category}",
    homepage=_DATASTORE + "mps-stop-and-search---more-thorough-searches",
    description="Searches in which more than outer clothing was removed, by borough, month and reason.",
    note="Spellings of the published files are brought together.",
    topic="stop-and-search",
)
ANIMALS = replace(
    CUSTODY,
    id="stolen-animals",
    title="Stolen animals",
    noun="Stolen animals: {category}",
    homepage=_DATASTORE + "mps-stolen-animals-dashboard-data",
    description="Animals reported stolen, by kind, borough and month.",
    note="Animals, not offences.",
    topic="theft",
)
STRENGTH = replace(
    CUSTODY,
    id="police-force-strength",
    title="Strength of the force",
    noun="Strength: {category}",
    publisher="Mayor's Office for Policing and Crime",
    homepage=_DATASTORE + "police-force-strength",
    description="Police officers, police staff and PCSOs at the end of each month.",
    note="A stock at the end of the month, not a flow: months are never added.",
    topic="budget",
)
PERCEPTION = replace(
    CUSTODY,
    id="public-perception",
    title="Public perception of the police",
    noun="{category}",
    publisher="Mayor's Office for Policing and Crime",
    homepage=_DATASTORE + "mopac-surveys",
    cadence="quarterly",
    description="Shares of Londoners who agree, by statement, from the Public Attitude Survey.",
    note="Per cent of those asked, rolling twelve months. Shares are never added.",
    topic="public-trust",
    additive_areas=False,
    additive_categories=False,
)
USE_OF_FORCE = replace(
    CUSTODY,
    id="use-of-force",
    title="Use of force",
    noun="Uses of force: {category}",
    homepage=_DATASTORE + "use-of-force",
    description="Reports of force used, one per officer and subject, by borough and month.",
    note="Several officers may report on one incident. Disrupted by a change of system from 27 February 2024.",
    topic="use-of-force",
    additive_categories=False,
    breaks=(Break("2024-02", "Recording was disrupted by a change of system from 27 February 2024."),),
)
HO_USE_OF_FORCE = replace(
    USE_OF_FORCE,
    id="home-office-use-of-force",
    title="Use of force: Home Office tables",
    publisher="Home Office",
    homepage="https://www.gov.uk/government/collections/police-use-of-force-statistics",
    attribution=f"{_OGL}. Source: Home Office",
    cadence="yearly",
    description="Tactics used by the Metropolitan Police, by financial year, from the Home Office's national tables.",
    note="A tactic counts once for each officer using it on each subject.",
    additive_areas=False,
    breaks=(),
)
HO_WORKFORCE = replace(
    HO_USE_OF_FORCE,
    id="home-office-workforce",
    title="Police workforce: Home Office tables",
    noun="Workforce: {category}",
    homepage="https://www.gov.uk/government/collections/police-workforce-england-and-wales",
    description="Headcount of the Metropolitan Police's workforce, from the Home Office's national tables.",
    note="A stock at the end of March or September: years are never added.",
    topic="diversity-and-inclusion",
)
STREET_CRIME = Dataset(
    id="street-crime",
    title="Street-level crime by borough",
    noun="Street-level {category}",
    publisher="Home Office (police.uk)",
    homepage="https://data.police.uk/",
    attribution=f"{_OGL}. Source: data.police.uk",
    description="Crimes of the Met on data.police.uk, counted by type, borough of the LSOA and month.",
    note="By the month recorded. Not comparable with the Met's own tables, which leave out antisocial behaviour.",
    opt_in=True,
)
STREET_OUTCOMES = replace(
    STREET_CRIME,
    id="street-crime-outcomes",
    title="Outcomes of street-level crime by borough",
    noun="Outcomes: {category}",
    description="Outcomes of crimes of the Met on data.police.uk, by type of outcome, borough of the LSOA and month.",
    note="Never added to crimes. Court results stop after May 2019.",
)


def stops_of(force: str) -> Dataset:
    """The data set of one force's stops: the Met's is :data:`STOPS`; others (City, Transport Police) stand apart."""
    if force == "metropolitan":
        return STOPS
    name = {"city-of-london": "City of London Police", "btp": "British Transport Police"}.get(force, force)
    return replace(
        STOPS,
        id=f"stop-and-search-{force}",
        title=f"Stop and search: {name}",
        description=f"Every stop and search of the force {name} published on data.police.uk, one row each.",
    )
