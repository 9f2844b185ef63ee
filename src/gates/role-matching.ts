/** Someone who can take one place, by the roles held. */
interface Candidate {
  readonly roles: ReadonlySet<string>;
}

/**
 * Gives as many places as possible to distinct people and returns the roles of the places left over. One person takes one
 * place only: somebody who is both owner and reviewer is still one pair of eyes.
 */
export function fillRoles(places: readonly string[], people: readonly Candidate[]): { readonly unfilled: string[] } {
  // Augmenting paths (Kuhn): a person already placed moves on when another place would take them.
  const placeOf = new Map<number, number>();
  const unfilled = places.filter((_, place) => !seat(place, new Set()));
  return { unfilled };

  function seat(place: number, tried: Set<number>): boolean {
    const role = places[place];
    for (const [index, person] of people.entries()) {
      if (role === undefined || tried.has(index) || !person.roles.has(role)) continue;
      tried.add(index);
      const taken = placeOf.get(index);
      if (taken !== undefined && !seat(taken, tried)) continue;
      placeOf.set(index, place);
      return true;
    }
    return false;
  }
}
