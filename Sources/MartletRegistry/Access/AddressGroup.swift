import Glibc

/// Those who share what one address has of tries and places: an address of version 4, or 64 bits of one of version 6, behind which one
/// host has as many addresses as it likes.
struct AddressGroup: Hashable {
    /// What the addresses have in common; the text itself of what is no address.
    let name: String

    init(_ address: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        // Behind `%` stands by which network it came.
        guard address.utf8.contains(UInt8(ascii: ":")), inet_pton(AF_INET6, String(address.prefix { $0 != "%" }), &bytes) == 1 else {
            name = address
            return
        }
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        name =
            isMapped
            ? bytes[12...].map { String($0) }.joined(separator: ".")
            : bytes[..<8].map { String($0, radix: 16) }.joined(separator: ":") + "/64"
    }
}
