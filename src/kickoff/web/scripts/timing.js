// Waiting, with chance in it, so that a hundred thousand pages never ask in the same instant.

export const between = ([least, most]) => least + Math.random() * (most - least);

// Resolves after so many seconds, or earlier when `wake` is called.
export class Pause {
  constructor() {
    this.wake = () => {};
  }

  seconds(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
