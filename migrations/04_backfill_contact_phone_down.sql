-- Nothing to take back: emptying contact_phone would, through the trigger, empty phone as well. The copies
-- go with their column when 03 is undone.

SELECT 1;
