-- Placeholder so that numbers follow each other: whoever owns migration 007 replaces this file (rename freely, keep the number).
select 1;
