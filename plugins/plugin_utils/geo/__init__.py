# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Geoblocking: from country data to what an appliance is given. Knows no Ansible and sends nothing to an appliance.

The way of the data, one file a step::

    source.py         which files, and what is demanded of them         Source.from_variables(geoblock_source)
    download.py       https files into the cache, verified              fetch(file, folder)
    reading.py        text, gzip and zip as lines                       read(path)
    formats/          lines -> rows (version, first, last, code, line)  rows(format, texts)
    policy.py         what is wanted                                    Policy.from_variables(geoblock_*)
    selection.py      rows of the wanted countries, checked             select(rows, countries, accept)
    compile.py        rows + policy -> Compiled, once for the fleet     compile_policy(policy, source, folder, ...)
    compiled.py       the result: labelled spans of each family         Compiled
    hits.py           who would be shut out                             hits(compiled, addresses)
    coverage.py       what it does not cover, in sentences              not_covered(policy, way, vips)
    preview.py        words and numbers, and the consent to a change    preview(compiled, before)

and then, by way of enforcing (plain data, NITRO's own words)::

    location_file.py  a: the text of a location file, and the rule      location_file(compiled, 4), location_rules(compiled)
    datasets.py       b: data sets in parts, and the rule; refresh      parts(...), dataset_rules(...), refresh(...)
    acls.py           c: nsacl and nsacl6, by ranges or by data sets    range_acls(...), dataset_acls(...)

A span is a pair of integers, the first and the last address. Spans of a family are sorted, and neither overlap nor touch.
"""
