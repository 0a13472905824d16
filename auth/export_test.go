package auth

// TryLock is for tests that hold the lock of a FileDeviceStore.
var TryLock = tryLock
