import CEngines.LightGBM

/// Owns one of LightGBM's objects and frees it.
///
/// `@unchecked Sendable`: the pointer never changes, is freed once when nobody holds the handle any more, and freeing
/// may happen on any thread. Who uses it concurrently is the business of the class that holds the handle.
final class LightGBMHandle: @unchecked Sendable {
    /// LightGBM's pointer, valid as long as this object lives.
    let pointer: UnsafeMutableRawPointer
    private let free: (UnsafeMutableRawPointer) -> Int32

    init(_ pointer: UnsafeMutableRawPointer, free: @escaping (UnsafeMutableRawPointer) -> Int32) {
        self.pointer = pointer
        self.free = free
    }

    deinit {
        // The only failure that LightGBM documents is a null pointer.
        _ = free(pointer)
    }
}
