export function startLiveFigures() {}
