import Synchronization

/// The bytes of small files, held from the pass that found their digests until they are packed.
final class SmallFiles: Sendable {
    /// The most that is held; of other files the bytes are read again.
    static let heldBytesMax = 256 << 20

    /// The files that a thread took at once, by their numbers.
    struct Group: Sendable {
        let start: Int
        private(set) var bytes: [UInt8] = []
        private var ranges: [Range<Int>?]

        init(_ numbers: Range<Int>) {
            start = numbers.lowerBound
            ranges = Array(repeating: nil, count: numbers.count)
        }

        /// Takes a file that would be packed. - Parameter buffer: begins with its bytes.
        mutating func add(_ number: Int, _ buffer: UnsafeRawBufferPointer, sizeBytes: Int) {
            guard sizeBytes <= PackPlan.fileBytesMax else { return }
            ranges[number - start] = bytes.count..<bytes.count + sizeBytes
            bytes.append(contentsOf: buffer[..<sizeBytes])
        }

        fileprivate func range(_ number: Int) -> Range<Int>? { ranges.indices.contains(number - start) ? ranges[number - start] : nil }
    }

    private struct State {
        var groups: [Group] = []
        var heldBytes = 0
        var isSorted = true
    }

    private let state = Mutex(State())

    func add(_ group: Group) {
        state.withLock { state in
            guard state.heldBytes + group.bytes.count <= Self.heldBytesMax else { return }
            state.heldBytes += group.bytes.count
            state.groups.append(group)
            state.isSorted = false
        }
    }

    /// Copies the bytes of a file. - Returns: whether they are held.
    func copy(_ number: Int, to room: UnsafeMutableRawBufferPointer) -> Bool {
        guard let group = group(of: number), let range = group.range(number), range.count == room.count else { return false }
        group.bytes.withUnsafeBytes { room.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        return true
    }

    private func group(of number: Int) -> Group? {
        state.withLock { state in
            if !state.isSorted {
                state.groups.sort { $0.start < $1.start }
                state.isSorted = true
            }
            var (low, high) = (0, state.groups.count)
            while low < high {
                let middle = (low + high) / 2
                if state.groups[middle].start <= number { low = middle + 1 } else { high = middle }
            }
            return low > 0 ? state.groups[low - 1] : nil
        }
    }
}
