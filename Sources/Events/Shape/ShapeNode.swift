// One step of a structure that events have had.

import Bytes

/// A key after the keys that came before it in an object; or, without a key, the beginning of an object, or the
/// elements of a list.
///
/// Whatever can be said of a key by what is around it is settled once, when the node is made: that the object
/// does not have it already, that the object is not too deep nor too large, what the key means there, and its
/// stored form. What each event needs comes first, in 64 bytes.
struct ShapeNode {
  /// What has to be done for a member but to store its key and its value.
  enum Work: UInt8 {
    /// Nothing.
    case nothing
    /// Its token is noted, and nothing stored.
    case header
    /// Nothing, if its value is an object.
    case object
    /// The place of its value is noted.
    case field
    /// Something else.
    case other
  }

  /// The first eight bytes of the key as it is sent, with its quotation marks and the colon, zeros after those of a
  /// shorter one.
  var head: UInt64 = 0
  /// The last eight bytes of the same, or the second eight of a longer one; equal to `head` for a shorter one.
  var tail: UInt64 = 0
  /// Which bits of eight bytes belong to a short key; all for a node without a key, which matches none.
  var mask: UInt64 = .max
  /// Where `tail` begins, at most 8.
  var tailOffset: UInt8 = 0
  /// Whether there is more of it.
  var isLong = false
  /// The node taken after this one in the same object last; that which matches nothing for none.
  var next: UnsafeMutablePointer<ShapeNode>
  /// The symbol of the key, in its stored form.
  var storedKey: UInt32 = 0
  var storedKeyLength: UInt8 = 0
  /// What has to be done for the member.
  var work = Work.nothing
  /// How many bytes the length of the object took that was the value last, or of the list.
  var lengthBytes: UInt8 = 1
  /// The slot in the header of the member's token.
  var slot: UInt8 = 0
  /// The last call of the parser in which an event had it, if nothing has to be done for it in such a call.
  var readyCall: UInt32 = 0
  /// Where the object begins that is this key's value, or an element of this list; nil if there was none yet.
  var object: UnsafeMutablePointer<ShapeNode>?

  /// The elements of the list that is this key's value, or an element of this list; nil likewise.
  var list: UnsafeMutablePointer<ShapeNode>?
  /// The node taken before `next`; that which matches nothing for none.
  var nextButOne: UnsafeMutablePointer<ShapeNode>

  /// Between which two structures an object led last that ended after this node; none before the first.
  var closedFrom: UInt32 = .max
  var closedTo: UInt32 = 0

  /// The bytes of the key as it is sent; 0 for a node without one.
  var length: UInt32 = 0
  /// Where they begin in the tree's bytes.
  var start: UInt32 = 0
  /// The number of the node.
  var number: UInt32 = 0
  /// The number of the node before it in the same object; the object's beginning has its own.
  var previous: UInt32 = 0
  /// The number of the field that its value is, and 1; 0 for none.
  var field: UInt16 = 0
  /// The node of the table of fields that its value stands at; 0 where no path leads.
  var place: UInt16 = 0
  /// The same of the object that it is a member of; 0 too for the event itself.
  var container: UInt16 = 0
  /// What the members of the object mean that this node is part of.
  var scope = ObjectScope.other
  /// How deep that object nests.
  var depth: UInt8 = 0
  /// Whether an empty list is an empty object here.
  var takesEmptyList = false
  var role = MemberRole.plain
  var symbol: UInt32 = 0
  /// How many members the object has up to this one.
  var memberCount: UInt32 = 0
  /// The last call of the parser in which an event had it, so that its symbol is noted once a call.
  var lastCall: UInt32 = 0

  /// A node without a key.
  ///
  /// - Parameter none: The node that matches nothing.
  init(none: UnsafeMutablePointer<ShapeNode>) {
    next = none
    nextButOne = none
  }

  /// Settles what has to be done for the member.
  mutating func setWork() {
    switch role {
    case .header(let key):
      work = .header
      slot = UInt8(key.rawValue)
    case .plain where field == 0: work = takesEmptyList ? .object : .nothing
    case .section where field == 0: work = .object
    case .plain where !takesEmptyList: work = .field
    case .plain, .section, .noted, .email: work = .other
    }
  }
}
