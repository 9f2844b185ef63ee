/** A package or file, and the licences that it names. */
export interface LicenceOf {
  readonly name: string;
  readonly licences: readonly string[];
}

/** Where nobody says under which licence something is. */
export const NO_LICENCE = 'NOASSERTION';

type Fields = Readonly<Record<string, unknown>>;

const FILE = /^(?:licen[cs]e|copying|unlicense)(?:[-.][\w.-]*)?$/i;

/** Titles and sentences that only one licence has; the first that fits counts, so the longer names come first. */
const TEXTS: readonly (readonly [id: string, mark: RegExp])[] = [
  ['AGPL-3.0-only', /GNU AFFERO GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-3.0-only', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['LGPL-2.1-only', /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/i],
  ['GPL-3.0-only', /GNU GENERAL PUBLIC LICENSE\s+Version 3/i],
  ['GPL-2.0-only', /GNU GENERAL PUBLIC LICENSE\s+Version 2/i],
  ['Apache-2.0', /Apache License,?\s+Version 2\.0/i],
  ['MPL-2.0', /Mozilla Public License,?\s+(?:Version|v\.) ?2\.0/i],
  ['SSPL-1.0', /Server Side Public License/i],
  ['EPL-2.0', /Eclipse Public License - v 2\.0/i],
  ['CC-BY-NC-4.0', /Attribution-NonCommercial 4\.0 International/i],
  ['CC-BY-SA-4.0', /Attribution-ShareAlike 4\.0 International/i],
  ['CC-BY-4.0', /Attribution 4\.0 International/i],
  ['CC0-1.0', /CC0 1\.0 Universal/i],
  ['Unlicense', /This is free and unencumbered software released into the public domain/i],
  ['LicenseRef-OpenRAIL', /Open ?RAIL/i],
  ['LicenseRef-Llama', /LLAMA (?:\d\S* )?COMMUNITY LICENSE/i],
  ['BSD-3-Clause', /Redistribution and use in source and binary forms[\s\S]{0,1500}Neither the name/i],
  ['BSD-2-Clause', /Redistribution and use in source and binary forms/i],
  ['ISC', /Permission to use, copy, modify, and\/or distribute this software for any/i],
  ['MIT', /Permission is hereby granted, free of charge, to any person obtaining a copy/i],
];

/** How packages spell licences that have another name in SPDX. */
const SPELLINGS: Readonly<Record<string, string>> = {
  'apache 2.0': 'Apache-2.0',
  'apache license 2.0': 'Apache-2.0',
  'apache software license': 'Apache-2.0',
  'apache-2': 'Apache-2.0',
  'bsd license': 'BSD-3-Clause',
  'mit license': 'MIT',
  'mozilla public license 2.0 (mpl 2.0)': 'MPL-2.0',
  'python software foundation license': 'PSF-2.0',
  'isc license (iscl)': 'ISC',
  unknown: NO_LICENCE,
  unlicensed: 'LicenseRef-UNLICENSED',
};

/** Tells whether a file is the text of a licence by its name. */
export function isLicenceFile(path: string): boolean {
  return FILE.test(path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('!')) + 1));
}

/** Returns the licence that a text is, NO_LICENCE where it is none that is known. */
export function licenceOfText(text: string): string {
  const named = /SPDX-License-Identifier:\s*([\w.+-]+)/.exec(text)?.[1];
  return named ?? TEXTS.find(([, mark]) => mark.test(text))?.[0] ?? NO_LICENCE;
}

/**
 * Returns every licence that an expression names, of alternatives all: whoever allows or denies licences by name is told
 * the worst.
 */
export function licencesOf(expression: string | undefined): readonly string[] {
  const text = (expression ?? '').trim().slice(0, 1000);
  if (text === '') return [NO_LICENCE];
  const spelt = SPELLINGS[text.toLowerCase()];
  if (spelt !== undefined) return [spelt];
  const parts = text.replace(/[()]/g, ' ').split(/\s+(?:AND|OR)\s+|[;,/]|\s+and\s+|\s+or\s+/);
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))].map(
    (part) => SPELLINGS[part.toLowerCase()] ?? part.slice(0, 100),
  );
}

/** Returns what a bill of materials says: CycloneDX, SPDX, or the JSON of pip-licenses; undefined where it is none of them. */
export function readLicenceList(value: unknown): readonly LicenceOf[] | undefined {
  if (Array.isArray(value))
    return value
      .map(fieldsOf)
      .map((entry) => named(entry['Name'] ?? entry['name'], entry['License'] ?? entry['license']));
  const list = fieldsOf(value);
  if (list['bomFormat'] === 'CycloneDX') return listOf(list['components']).map(cycloneLicences);
  if (typeof list['spdxVersion'] !== 'string') return undefined;
  return listOf(list['packages']).map(({ name, licenseConcluded, licenseDeclared }) => {
    return named(name, licenseConcluded === NO_LICENCE ? licenseDeclared : (licenseConcluded ?? licenseDeclared));
  });
}

function cycloneLicences({ name, licenses }: Fields): LicenceOf {
  const stated = listOf(licenses).map((entry) => {
    const { id, name: spelt } = fieldsOf(entry['license']);
    return entry['expression'] ?? id ?? spelt;
  });
  const found = stated.flatMap((each) => (typeof each === 'string' ? licencesOf(each) : []));
  return { name: typeof name === 'string' ? name : '?', licences: found.length === 0 ? [NO_LICENCE] : found };
}

function named(name: unknown, licence: unknown): LicenceOf {
  return {
    name: typeof name === 'string' ? name : '?',
    licences: licencesOf(typeof licence === 'string' ? licence : undefined),
  };
}

function listOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

function fieldsOf(value: unknown): Fields {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Fields) : {}; // checked on this line
}
