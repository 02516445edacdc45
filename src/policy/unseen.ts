// Characters that nobody sees, or that change how others are seen.

/**
 * General category C (controls, format characters such as bidi marks, zero-width ones and tags,
 * lone surrogates, private use, unassigned) and what renders as nothing in other categories:
 * joiners, fillers, variation selectors, the blank braille pattern.
 */
export const UNSEEN = /[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u
