-- Fuel that the call burnt, as the guest's isolate claims; null when it did not say, or nothing ran.
ALTER TABLE calls ADD COLUMN fuel INTEGER;
