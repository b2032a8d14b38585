export const addonFile = (platform: string): string => `rivers-storage.${platform}.node`
