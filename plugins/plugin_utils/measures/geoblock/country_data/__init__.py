# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Geoblocking: from country data to what an appliance is given. Knows no Ansible and sends nothing to an appliance.

The way of the data, one file a step::

    policy.py         what is wanted (countries.py: the codes)          Policy.from_variables(...), check_accepted(...)
    source.py         which files, and what is demanded of them         Source.from_variables(...)
    compile.py        all that follows, once for the fleet              compile_policy(policy, source, folder, ...) -> Compiled
      cache.py        one worker at a time                              only_one(folder)
      download.py     https files into the cache, verified              fetch(source, file, folder)
      reading.py      plain text, gzip and zip; the date of the data    texts(path)
      formats/        lines -> rows (version, first, last, code, line)  rows(format, texts)
      selection.py    the rows of the wanted countries, checked         select(rows, countries, accept)
    compiled.py       the result: labelled rows and spans, by family    Compiled.rows, .spans, .label(...)
    hits.py           who would be shut out and must not be             hits(compiled, protected), refuse_hits(...)
    coverage.py       what it does not cover, in sentences              not_covered(policy, way, vips)
    preview.py        words and numbers, and the consent to a change    preview(...), changes(...), refuse_large_change(...)

and then, by way of enforcing (plain data, NITRO's own words; the rules are true of who is shut out)::

    location_file.py  a: the text of a location file, its name          location_file(...), file_name(...), location_rules(...)
    datasets.py       b: data sets in parts, and what a refresh does    parts(...), dataset_rules(...), refresh(...)
    acls.py           c: nsacl and nsacl6, by ranges or by data sets    range_acls(...), dataset_acls(...), priorities(...)

A span is a pair of integers, the first and the last address. Spans of a family are sorted, and neither overlap nor touch.
"""
