/// Owns one of OpenVINO's objects and frees it.
///
/// `@unchecked Sendable`: the pointer never changes, is freed once when nobody holds the handle any more, and freeing may
/// happen on any thread. Who uses it concurrently is the business of the class that holds the handle.
final class OpenVINOHandle: @unchecked Sendable {
    /// OpenVINO's pointer, valid as long as this object lives.
    let pointer: OpaquePointer
    private let free: (OpaquePointer) -> Void

    init(_ pointer: OpaquePointer, free: @escaping (OpaquePointer) -> Void) {
        self.pointer = pointer
        self.free = free
    }

    deinit { free(pointer) }
}
