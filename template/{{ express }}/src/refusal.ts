/** Why a command does not go on, in a sentence for whoever runs it. */
export class Refusal extends Error {}
