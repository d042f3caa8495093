//! The folders and the rows of the one that is shown.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use sceau_protocol::{EmailId, Mailbox, MailboxRole, Row, RowPage, UnixSeconds};

use super::list_layout::ListLayout;
use super::place::Folder;

/// Rows asked for at once.
pub const PAGE_ROWS: u32 = 100;

/// A day as a number that grows by one each local midnight.
pub type DayNumber = i64;

/// What a list shows: answers that belong to another one are dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListVersion(u32);

/// The list pane's data. Rows are known where they were needed; the rest is a number.
#[derive(Clone, Debug, Default)]
pub struct MailList {
    folders: Vec<Mailbox>,
    folder: Option<Folder>,
    search: String,
    version: ListVersion,
    total: Option<u32>,
    rows: BTreeMap<u32, PlacedRow>,
    fresh: BTreeSet<u32>,
    asked: BTreeSet<u32>,
    layout: ListLayout,
}

#[derive(Clone, Debug, PartialEq)]
struct PlacedRow {
    row: Row,
    day: DayNumber,
}

impl MailList {
    /// The folders in the order they are shown: those with a role first.
    pub fn folders(&self) -> &[Mailbox] {
        &self.folders
    }

    /// Takes the folders and their counts.
    pub fn set_folders(&mut self, mut folders: Vec<Mailbox>) {
        folders.sort_by_key(|folder| (role_order(folder.role), folder.name.clone()));
        self.folders = folders;
    }

    /// The folder shown, as the worker names it.
    pub fn current(&self) -> Option<&Mailbox> {
        let wanted = self.folder.as_ref()?;
        self.folders.iter().find(|folder| match wanted {
            Folder::Role(role) => folder.role == Some(*role),
            Folder::Own(id) => folder.id == *id,
        })
    }

    /// The role of the folder shown.
    pub fn role(&self) -> Option<MailboxRole> {
        self.current().and_then(|folder| folder.role)
    }

    /// The words looked for; empty when everything is listed.
    pub fn search(&self) -> &str {
        &self.search
    }

    /// Rows in all; none before the first answer.
    pub fn total(&self) -> Option<u32> {
        self.total
    }

    /// What the list shows now; goes with every request for rows.
    pub fn version(&self) -> ListVersion {
        self.version
    }

    /// Whether this folder is the one shown.
    pub fn shows(&self, folder: &Folder) -> bool {
        self.folder.as_ref() == Some(folder)
    }

    /// Shows another folder, or other words in it. Returns whether anything changed.
    pub fn show(&mut self, folder: Folder, search: String) -> bool {
        if self.folder.as_ref() == Some(&folder) && self.search == search {
            return false;
        }
        self.folder = Some(folder);
        self.search = search;
        self.clear();
        true
    }

    /// Forgets the rows: another list is wanted.
    pub fn clear(&mut self) {
        self.version = ListVersion(self.version.0.wrapping_add(1));
        self.total = None;
        self.rows.clear();
        self.fresh.clear();
        self.asked.clear();
        self.layout = ListLayout::default();
    }

    /// The rows may have changed: they stay in sight and are asked for again when seen.
    pub fn mark_stale(&mut self) {
        self.version = ListVersion(self.version.0.wrapping_add(1));
        self.fresh.clear();
        self.asked.clear();
    }

    /// The first rows of the pages to ask for so that `seen` is fresh; each is given out once.
    pub fn take_wanted(&mut self, seen: Range<u32>) -> Vec<u32> {
        let last = seen.end.saturating_sub(1).max(seen.start) / PAGE_ROWS;
        let mut wanted = Vec::new();
        for page in (seen.start / PAGE_ROWS)..=last {
            if !self.fresh.contains(&page) && self.asked.insert(page) {
                wanted.push(page * PAGE_ROWS);
            }
        }
        wanted
    }

    /// Takes a stretch of rows, unless it answers an older question. `day_of` knows the local time zone.
    pub fn receive(
        &mut self,
        version: ListVersion,
        page: RowPage,
        day_of: impl Fn(UnixSeconds) -> DayNumber,
    ) {
        if version != self.version {
            return;
        }
        let number = page.offset / PAGE_ROWS;
        self.asked.remove(&number);
        self.fresh.insert(number);
        self.total = Some(page.total);
        let stretch = page.offset..page.offset.saturating_add(PAGE_ROWS);
        self.rows.retain(|index, _| *index < page.total && !stretch.contains(index));
        for (index, row) in (page.offset..).zip(page.rows) {
            let day = day_of(row.date);
            self.rows.insert(index, PlacedRow { row, day });
        }
        self.lay_out();
    }

    /// A request for a page failed: it may be asked for again.
    pub fn give_back(&mut self, version: ListVersion, offset: u32) {
        if version == self.version {
            self.asked.remove(&(offset / PAGE_ROWS));
        }
    }

    /// A row, once it is known.
    pub fn row(&self, index: u32) -> Option<&Row> {
        self.rows.get(&index).map(|placed| &placed.row)
    }

    /// Where a letter stands among the known rows.
    pub fn position_of(&self, email: &EmailId) -> Option<u32> {
        self.rows.iter().find(|(_, placed)| placed.row.email == *email).map(|(index, _)| *index)
    }

    /// The row of a letter, if it is among the known ones.
    pub fn row_of(&self, email: &EmailId) -> Option<&Row> {
        self.position_of(email).and_then(|index| self.row(index))
    }

    /// The known letter next to another: `step` rows further, as far as the list goes.
    pub fn neighbour(&self, email: Option<&EmailId>, step: i32) -> Option<(u32, &EmailId)> {
        let last = self.total?.checked_sub(1)?;
        let index = match email.and_then(|email| self.position_of(email)) {
            Some(index) => index.saturating_add_signed(step).min(last),
            None => 0,
        };
        self.row(index).map(|row| (index, &row.email))
    }

    /// Marks a letter read or unread at once, before the relay has said so.
    pub fn set_seen(&mut self, email: &EmailId, seen: bool) {
        let Some(placed) = self.rows.values_mut().find(|placed| placed.row.email == *email) else { return };
        if placed.row.unread != seen {
            return;
        }
        placed.row.unread = !seen;
        let wanted = self.current().map(|folder| folder.id.clone());
        if let Some(folder) = self.folders.iter_mut().find(|folder| Some(&folder.id) == wanted.as_ref()) {
            folder.unread =
                if seen { folder.unread.saturating_sub(1) } else { folder.unread.saturating_add(1) };
        }
    }

    /// Takes letters out of sight at once, before the relay has said so.
    pub fn remove(&mut self, emails: &[EmailId]) {
        let mut gone = 0;
        let rows = std::mem::take(&mut self.rows);
        for (index, placed) in rows {
            if emails.contains(&placed.row.email) {
                gone += 1;
            } else {
                self.rows.insert(index - gone, placed);
            }
        }
        self.total = self.total.map(|total| total.saturating_sub(gone));
        self.lay_out();
    }

    /// Where the rows lie.
    pub fn layout(&self) -> &ListLayout {
        &self.layout
    }

    fn lay_out(&mut self) {
        let mut days = HashMap::new();
        let mut headed = Vec::new();
        for (index, placed) in &self.rows {
            days.insert(*index, placed.day);
            let before = index.checked_sub(1);
            let begins = match before {
                None => true,
                Some(before) => days.get(&before).is_some_and(|day| *day != placed.day),
            };
            if begins {
                headed.push(*index);
            }
        }
        self.layout = ListLayout::new(self.total.unwrap_or(0), headed);
    }
}

fn role_order(role: Option<MailboxRole>) -> u8 {
    match role {
        Some(MailboxRole::Inbox) => 0,
        Some(MailboxRole::Drafts) => 1,
        Some(MailboxRole::Sent) => 2,
        Some(MailboxRole::Archive) => 3,
        Some(MailboxRole::Trash) => 5,
        None => 4,
    }
}

#[cfg(test)]
mod tests {
    use sceau_protocol::{MailboxId, RowContent};

    use super::*;

    fn row(number: u32) -> Row {
        Row {
            email: EmailId(format!("e{number}")),
            unread: true,
            answered: false,
            draft: false,
            date: 1_000_000 - i64::from(number) * 40_000,
            size: 1_000,
            content: RowContent::Pending,
        }
    }

    fn page(total: u32, offset: u32) -> RowPage {
        let end = total.min(offset + PAGE_ROWS);
        RowPage { total, offset, rows: (offset..end).map(row).collect() }
    }

    fn day_of(date: UnixSeconds) -> DayNumber {
        date.div_euclid(86_400)
    }

    fn inbox(total: u32) -> MailList {
        let mut list = MailList::default();
        list.set_folders(vec![
            Mailbox {
                id: MailboxId("t".into()),
                role: Some(MailboxRole::Trash),
                name: String::new(),
                total: 0,
                unread: 0,
            },
            Mailbox {
                id: MailboxId("i".into()),
                role: Some(MailboxRole::Inbox),
                name: String::new(),
                total,
                unread: 3,
            },
        ]);
        list.show(Folder::Role(MailboxRole::Inbox), String::new());
        list.receive(list.version(), page(total, 0), day_of);
        list
    }

    #[test]
    fn folders_come_in_the_order_they_are_read() {
        let list = inbox(3);
        assert_eq!(list.folders()[0].role, Some(MailboxRole::Inbox));
        assert_eq!(list.current().map(|folder| folder.id.0.as_str()), Some("i"));
    }

    #[test]
    fn each_missing_page_is_asked_for_once() {
        let mut list = inbox(50_000);
        assert_eq!(list.take_wanted(0..30), Vec::<u32>::new());
        assert_eq!(list.take_wanted(40_090..40_120), [40_000, 40_100]);
        assert_eq!(list.take_wanted(40_090..40_120), Vec::<u32>::new());
        list.give_back(list.version(), 40_100);
        assert_eq!(list.take_wanted(40_090..40_120), [40_100]);
    }

    #[test]
    fn an_answer_to_an_older_question_is_dropped() {
        let mut list = inbox(10);
        let old = list.version();
        list.show(Folder::Role(MailboxRole::Trash), String::new());
        list.receive(old, page(10, 0), day_of);
        assert_eq!(list.total(), None);
        assert!(list.row(0).is_none());
    }

    #[test]
    fn stale_rows_stay_in_sight_until_they_are_replaced() {
        let mut list = inbox(10);
        list.mark_stale();
        assert!(list.row(4).is_some());
        assert_eq!(list.take_wanted(0..10), [0]);
        list.receive(list.version(), page(4, 0), day_of);
        assert!(list.row(4).is_none());
    }

    #[test]
    fn removing_closes_the_gap_and_leaves_the_rest() {
        let mut list = inbox(5);
        list.remove(&[EmailId("e1".into()), EmailId("e3".into())]);
        let left: Vec<_> =
            (0..3).filter_map(|index| list.row(index)).map(|row| row.email.0.as_str()).collect();
        assert_eq!(left, ["e0", "e2", "e4"]);
        assert_eq!(list.total(), Some(3));
    }

    #[test]
    fn reading_a_letter_counts_down_once() {
        let mut list = inbox(5);
        list.set_seen(&EmailId("e0".into()), true);
        list.set_seen(&EmailId("e0".into()), true);
        assert_eq!(list.current().map(|folder| folder.unread), Some(2));
    }

    #[test]
    fn neighbours_stop_at_the_ends() {
        let list = inbox(3);
        assert_eq!(list.neighbour(None, 1).map(|(index, _)| index), Some(0));
        assert_eq!(list.neighbour(Some(&EmailId("e0".into())), -1).map(|(index, _)| index), Some(0));
        assert_eq!(list.neighbour(Some(&EmailId("e2".into())), 1).map(|(index, _)| index), Some(2));
        assert_eq!(
            list.neighbour(Some(&EmailId("e0".into())), 1).map(|(_, email)| email.0.as_str()),
            Some("e1")
        );
    }

    #[test]
    fn a_heading_stands_where_a_day_begins() {
        let list = inbox(6);
        let headed: Vec<_> = (0..6).filter(|index| list.layout().has_heading(*index)).collect();
        let begins: Vec<_> = (0..6u32)
            .filter(|index| *index == 0 || day_of(row(*index).date) != day_of(row(*index - 1).date))
            .collect();
        assert_eq!(headed, begins);
    }
}
