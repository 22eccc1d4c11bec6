import MartletRegistry

/// A value as a field of a message takes it: what MLflow's protocol buffers accept for it.
extension RequestValue {
    /// Of a field of integers: an integer, a number without a fraction, or the text of an integer. Else `nil`.
    var fieldInteger: Int64? {
        switch kind {
        case .integer: integer
        case .number: number.flatMap { Int64(exactly: $0) }
        case .text: text.flatMap { $0.utf8.contains(UInt8(ascii: " ")) ? nil : PythonText.integer($0) }
        default: nil
        }
    }

    /// The integer of a number without its fraction; `nil` for other kinds and beyond 64 bits.
    var wholeNumber: Int64? { number.flatMap { Int64(exactly: $0.rounded(.towardZero)) } }

    /// Of a field of numbers: a number, a boolean, or the text of a number, `NaN` and infinities among them. Else `nil`, as for
    /// numbers that are not finite and no text.
    var fieldNumber: Double? {
        switch kind {
        case .integer, .number: number.flatMap { $0.isFinite ? $0 : nil }
        case .boolean: boolean == true ? 1 : 0
        case .text: text.flatMap { $0 == "nan" ? nil : PythonNumber.read($0) }
        default: nil
        }
    }
}
