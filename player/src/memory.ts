// Choices that hold on this device.

/** Keeps a choice. */
export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`rounds.${name}`, value);
  } catch {
    // Storage is switched off: the choice holds for this page.
  }
}

/** Returns a choice that was kept. */
export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(`rounds.${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}
