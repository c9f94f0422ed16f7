"""What ``posology new`` writes: a file to fill in, each key with what it takes."""

FILL_IN = "FILL IN"
"""Stands where a person must write; a file that still has it is stopped."""
REGIMEN = """\
# {name}: what one source says, value beside quote. All keys: regimens/README.md.
# Fill in, then: posology check {name}.yaml   until it says 0 stop.
name: FILL IN the regimen in a few words
indication: FILL IN the disease
version: 1
status: draft
duration: not stated            # 6 months | 6 cycles | at most 12 cycles; then the next line
# duration_quote: the phrase that states it
sources:
  paper: {{cite: "FILL IN author, journal, year, pages", evidence: "FILL IN: case series of 5"}}
orders:
  - drug: fill-in               # a drug of the formulary; a new one: posology new drug NAME
    route: oral                 # intravenous, subcutaneous, intramuscular, inhaled, ocular …
    dose: not stated            # 40 mg each | 2 g/kg per cycle | 1500 mg per day | AUC 5 each
    # every: 4 weeks            # 1 day | 8 hours | once; a choice: 1 month or 4 weeks
    # days: 1-4, 9-12           # of the cycle; a choice: 1-5 or 1-4
    # times: 2                  # a day
    # over: 3 hours             # how long one infusion takes
    # from: {{cycle 5: {{days: 1-4, quote: what the source says of it}}}}
    source: paper
    quote: FILL IN the shortest phrase that says dose, rhythm and route; … for what is left out
    # inferred: {{route: why it is this one}}
# Worked by hand, not with Posology: both ends of every choice, a heavy, a light and an old patient.
# cases:
#   - name: 70 kg, two cycles
#     patient: {{weight: 70 kg}}
#     start: 2027-01-11
#     cycles: 2
#     expect:
#       - Mon 11-Jan-2027 to Thu 14-Jan-2027 every 4 weeks, 2 times 08:00  40 mg fill-in, oral
#     totals:
#       - 8 doses of fill-in, 320 mg
"""
DRUG = """\
# {name}: what is given of it, and what is sold. Fill in, then: posology check drugs/{name}.yaml
name: {name}
form: FILL IN what must not be confused, such as tablets; not the depot
version: 1
atc: {{code: FILL IN or unknown, basis: unsourced}}
sources:
  label: {{cite: "FILL IN label, country, year"}}
routes:
  oral:
    windows:                    # beyond usual a review, beyond absolute a stop; each limit tried
      - {{per: dose, usual: 10 mg to 20 mg, absolute: 5 mg to 40 mg, source: label, basis: unsourced, note: FILL IN whence each limit, verdicts: [4.9 mg stop, 5 mg review, 9.9 mg review, 10 mg pass, 20 mg pass, 20.1 mg review, 40 mg review, 40.1 mg stop]}}
      - {{per: day, usual: 10 mg to 40 mg, absolute: 5 mg to 80 mg, source: label, basis: unsourced, note: FILL IN whence each limit, verdicts: [4.9 mg stop, 5 mg review, 9.9 mg review, 10 mg pass, 40 mg pass, 40.1 mg review, 80 mg review, 80.1 mg stop]}}
    products: [tablet]
    # apart: {{least: 7 days, level: stop, verdicts: [6 days stop, 7 days pass], source: label, basis: unsourced}}
products:
  tablet: {{name: "{name} tablets", form: tablet, contents: [10 mg], together: 10 mg, source: label, basis: unsourced}}
cases:
  - {{dose: 20 mg, route: oral, says: "pass"}}
"""  # noqa: E501 - a window in one line
